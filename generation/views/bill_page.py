"""One bill as a page: beside the ledger, or, until it was read, its columns."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render

from generation.forms.bills import ColumnsForm
from generation.models import Bill
from generation.money import bill_compare, bill_work
from generation.money.bill_verdicts import Verdict
from generation.presenters import bills as shown

from .http import Request

PAGE = 50


def unread(request: Request, bill: Bill, form: ColumnsForm, status: int) -> HttpResponse:
    context = {"nav": "usage", "bill": bill, "form": form}
    return render(request, "usage/bill_columns.html", context, status=status)


def compared(request: Request, bill: Bill, status: int = 200, **more: Any) -> HttpResponse:
    bill_compare.follow_ended(bill)
    if old := bill_compare.is_old(bill):
        bill_work.compare_again(bill)
    found = bill_compare.tallies(bill)
    only = request.GET.get("only", "") or next((one for one in shown.TITLES if one in found), "")
    if only not in shown.TITLES:
        raise BadRequest("There is no such part of a bill.")
    lines, following = _page(bill, only, request.GET.get("after", ""))
    context = {
        "nav": "usage",
        "bill": bill,
        "facts": shown.facts(bill),
        "old": old,
        "sections": shown.sections(found, only),
        "verdict": only,
        "words": shown.WORDS[only],
        "title": shown.TITLES[only],
        "lines": lines,
        "to_settle": only in shown.TO_SETTLE,
        "reason": f"The bill “{bill.name}”"[:200],
        "here": f"?{urlencode({'only': only})}",
        "following": following and f"?{urlencode({'only': only, 'after': following})}",
        "without_days": Verdict.MISSING not in found,
        **more,
    }
    return render(request, "usage/bill.html", context, status=status)


def _page(bill: Bill, only: str, after: str) -> tuple[list[shown.Line], str]:
    """What is shown, and after which line the next page begins."""
    rows = bill.rows.filter(verdict=only).select_related("task__owner").order_by("line")
    if after:
        if not (after.isascii() and after.isdigit() and len(after) < 10):
            raise BadRequest("There is no such place on a bill.")
        rows = rows.filter(line__gt=int(after))
    some = list(rows[: PAGE + 1])
    following = str(some[PAGE - 1].line) if len(some) > PAGE else ""
    return shown.lines(some[:PAGE]), following
