"""The audit log, for admins: who did what, when, from where."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from generation.forms.audit import AuditFilterForm
from generation.people.access import require_admin
from generation.people.audit import audit
from generation.people.audit_log import Filter, every, page
from generation.people.audit_words import sentence
from generation.people.confirming import fresh_only
from generation.presenters.spreadsheet import csv_lines

from .http import Request, number_asked

COLUMNS = ("at", "who", "what", "target", "address")


@never_cache
@require_GET
def audit_log(request: Request) -> HttpResponse:
    require_admin(request.user)
    form = AuditFilterForm(request.GET)
    asked = form.asked()
    rows, following = page(asked, number_asked(request, "before"))
    context = {
        "nav": "team",
        "form": form,
        "rows": [(row, sentence(row.what)) for row in rows],
        "next_before": following,
        "query": _query(request),
        "filtered": asked != Filter(),
        "days": settings.AUDIT_DAYS,
    }
    return render(request, "team/audit.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
@fresh_only
def audit_csv(request: Request) -> HttpResponseBase:
    require_admin(request.user)
    asked = AuditFilterForm(request.GET).asked()
    audit(request, "audit.exported", _query(request) or "everything")
    response = StreamingHttpResponse(
        csv_lines(_table(asked)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="audit-{timezone.now():%Y-%m-%d}.csv"'
    return response


def _table(asked: Filter) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    for row in every(asked):
        yield (
            row.at.isoformat(),
            row.who.username if row.who else "",
            row.what,
            row.target,
            row.address,
        )


def _query(request: Request) -> str:
    names = ("group", "who", "since", "until")
    return urlencode({name: request.GET[name] for name in names if request.GET.get(name)})
