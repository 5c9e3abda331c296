"""Reconciliation: the gateway's own bill beside what was booked here. For admins."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generation.forms.bills import ColumnsForm, ReasonForm, UploadForm
from generation.lifecycle import settling
from generation.models import Bill, User
from generation.money import bill_files, bill_reading, bill_verdicts
from generation.money.bill_csv import Unreadable
from generation.money.bill_files import BeingDeleted
from generation.money.bill_verdicts import Verdict
from generation.people import access
from generation.people.audit import audit
from generation.people.confirming import fresh_only
from generation.presenters import bills as shown
from generation.presenters.spreadsheet import csv_lines

from . import bill_page
from .http import Request, posted

AT_ONCE = 500
"""Rows of an export in one question."""


@require_http_methods(["GET", "POST"])
def reconciliation(request: Request) -> HttpResponse:
    access.require_admin(request.user)
    form = UploadForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            return _upload(request, form)
        except Unreadable as why:
            form.add_error("file", str(why))
        except BeingDeleted:
            form.add_error("file", "This very file is being deleted. Upload it again in a moment.")
        except OSError:
            form.add_error(
                "file", "The file could not be stored. Try again; Engine says what is wrong."
            )
    kept = Bill.objects.select_related("uploaded_by", "key")
    context = {
        "nav": "usage",
        "form": form,
        "bills": [(bill, shown.facts(bill)) for bill in kept],
    }
    return render(request, "usage/reconciliation.html", context, status=422 if form.errors else 200)


def _upload(request: Request, form: UploadForm) -> HttpResponse:
    file = form.cleaned_data["file"]
    bill, new = bill_files.upload(
        file, file.name or "bill.csv", request.user, ask=form.cleaned_data["ask"]
    )
    if new:
        audit(request, "bill.uploaded", bill.name)
    else:
        messages.info(request, "This very file is here already. Nothing was changed.")
    return redirect("bill", bill.pk)


@require_http_methods(["GET", "POST"])
def bill(request: Request, pk: UUID) -> HttpResponse:
    """GET shows it; POST chooses its columns."""
    found = access.get_bill(request.user, pk)
    if found.state == Bill.State.READY and request.method == "GET":
        return bill_page.compared(request, found)
    chosen = request.method == "POST" and found.state == Bill.State.COLUMNS
    form = ColumnsForm(request.POST if chosen else None, bill=found)
    if chosen and form.is_valid():
        about = {name: form.cleaned_data[name] for name in ("key", "since", "until")}
        bill_files.choose_columns(found, form.columns, **about)
    if request.method == "POST" and not form.errors:
        return redirect("bill", pk)
    return bill_page.unread(request, found, form, 422 if form.errors else 200)


@require_POST
def settle(request: Request, pk: UUID) -> HttpResponse:
    """`one` names a line, or all that `shown` names are meant; `only` says in which list they stood."""
    found = access.get_bill(request.user, pk)
    only = request.GET.get("only", "")
    if found.state != Bill.State.READY or only not in shown.TO_SETTLE:
        return _nothing_to_settle(request, found)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        typed = request.POST.get("reason", "")
        return bill_page.compared(request, found, 422, wrong=form.errors["reason"][0], reason=typed)
    named = [request.POST["one"]] if request.POST.get("one") else request.POST.getlist("shown")
    if not named:
        return _nothing_to_settle(request, found)
    done, refused = _settle(
        request.user, found, only, named[: bill_page.PAGE], form.cleaned_data["reason"]
    )
    if done:
        audit(request, "bill.settled", f"{found.name}: {done} of “{shown.TITLES[only]}”")
        noun = "task is" if done == 1 else "tasks are"
        messages.success(request, f"{done} {noun} settled. The ledger has the reason.")
    if len(named) > done + len(refused):
        messages.info(request, "What was settled meanwhile stays as it was settled.")
    for sentence in dict.fromkeys(refused):
        messages.error(request, sentence)
    return redirect(f"{reverse('bill', args=[pk])}?{urlencode({'only': only})}")


def _nothing_to_settle(request: Request, bill: Bill) -> HttpResponse:
    messages.error(request, "Nothing was named that could be settled. Nothing was changed.")
    if bill.state == Bill.State.READY:
        return bill_page.compared(request, bill, 422)
    return bill_page.unread(request, bill, ColumnsForm(None, bill=bill), 422)


def _settle(
    who: User, bill: Bill, only: str, named: list[str], reason: str
) -> tuple[int, list[str]]:
    """How many were settled, and what was said of those that cannot be."""
    done, refused = 0, []
    for row in _named(bill, only, named):
        try:
            if only == Verdict.MISSING:
                done += settling.settle_missing(row.task, who, reason)
            else:
                done += settling.settle_by_bill(row, who, reason)
        except settling.CannotSettle as why:
            refused.append(str(why))
    return done, refused


def _named(bill: Bill, only: str, named: list[str]) -> Any:
    """Those that still stand in that list."""
    numbers = [int(one) for one in named if one.isascii() and one.isdigit() and len(one) < 18]
    rows = bill.rows.filter(pk__in=numbers, verdict=only)
    return rows.select_related("task").order_by("line")


@require_POST
def match_again(request: Request, pk: UUID) -> HttpResponse:
    bill = access.get_bill(request.user, pk)
    found = bill_reading.match_again(bill)
    bill_verdicts.judge_rows(bill, found)
    if found:
        verb = "is" if len(found) == 1 else "are"
        messages.success(request, f"{len(found):,} more {verb} known now.")
    else:
        messages.info(request, "None of them is known here yet.")
    return redirect("bill", pk)


@require_POST
def delete(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_bill(request.user, pk)
    audit(request, "bill.deleted", found.name)
    bill_files.delete(found)
    messages.success(
        request, f"“{found.name}” is being deleted. What it has settled stays settled."
    )
    return redirect("reconciliation")


@require_GET
@fresh_only
def export(request: Request, pk: UUID) -> HttpResponseBase:
    """Every remote id of the bill with its verdict, and what the bill does not name."""
    found = access.get_bill(request.user, pk)
    audit(request, "bill.exported", found.name)
    answer = StreamingHttpResponse(csv_lines(_rows(found)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="reconciliation-{found.pk}.csv"'
    return answer


def _rows(bill: Bill) -> Iterator[list[object]]:
    yield list(shown.EXPORTED)
    rows = bill.rows.exclude(verdict="").select_related("task__owner").order_by("line")
    line = -1
    while some := list(rows.filter(line__gt=line)[:AT_ONCE]):
        yield from map(shown.as_row, some)
        line = some[-1].line
