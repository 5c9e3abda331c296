"""Every task of a range, and its ledger, as CSV and JSON; written while it is read."""

import csv
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from generation.forms.usage import RangeForm
from generation.models import LedgerEntry, Task, TaskSubject
from generation.money.reports import Scope
from generation.people.audit import audit
from generation.people.confirming import fresh_only
from generation.presenters.exports import COLUMNS, as_line, as_row

from .http import Request

AT_ONCE = 500


@require_GET
@fresh_only
def as_csv(request: Request) -> HttpResponseBase:
    form = RangeForm(request.GET, request.user)
    if not form.is_valid():
        return _wrong(form)
    audit(request, "usage.exported", "CSV")
    lines = csv.writer(_Echo())
    rows = (lines.writerow(as_row(task)) for task in _tasks(form.scope))
    answer = StreamingHttpResponse(
        _with_head(lines.writerow(COLUMNS), rows), content_type="text/csv"
    )
    return _named(answer, form.scope, "csv")


@require_GET
@fresh_only
def as_json(request: Request) -> HttpResponseBase:
    form = RangeForm(request.GET, request.user)
    if not form.is_valid():
        return _wrong(form)
    audit(request, "usage.exported", "JSON")
    answer = StreamingHttpResponse(_json(form.scope), content_type="application/json")
    return _named(answer, form.scope, "json")


class _Echo:
    """A file that gives back what is written."""

    def write(self, text: str) -> str:
        return text


def _wrong(form: RangeForm) -> HttpResponse:
    sentences = [f"{name}: {found[0]}" for name, found in form.errors.items()]
    return HttpResponse("\n".join(sentences), status=422, content_type="text/plain; charset=utf-8")


def _named(answer: StreamingHttpResponse, scope: Scope, ending: str) -> StreamingHttpResponse:
    name = f"usage-{scope.days.since}-{scope.days.until}.{ending}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _with_head(head: str, rows: Iterable[str]) -> Iterator[str]:
    yield head
    yield from rows


def _tasks(scope: Scope) -> Iterator[Task]:
    """Oldest first, with the handles of their subjects as `handles`."""
    tasks = scope.tasks().select_related("owner", "key").order_by("created_at", "id")
    for some in _batches(tasks.iterator(AT_ONCE)):
        named: dict[Any, list[str]] = {}
        used = TaskSubject.objects.filter(task__in=[task.pk for task in some]).order_by("position")
        for pk, handle in used.values_list("task", "handle"):
            named.setdefault(pk, []).append(handle)
        for task in some:
            task.handles = named.get(task.pk, [])
            yield task


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(rows, AT_ONCE)):
        yield some


def _json(scope: Scope) -> Iterator[str]:
    yield '{"tasks": ['
    yield from _joined(
        dict(zip(COLUMNS, as_row(task, safe=False), strict=True)) for task in _tasks(scope)
    )
    yield '], "ledger": ['
    lines = LedgerEntry.objects.filter(task__in=scope.tasks().order_by().values("pk"))
    lines = lines.select_related("user", "actor").order_by("id")
    yield from _joined(as_line(line) for line in lines.iterator(AT_ONCE))
    yield "]}"


def _joined(things: Iterable[dict[str, Any]]) -> Iterator[str]:
    for number, thing in enumerate(things):
        yield (",\n" if number else "\n") + json.dumps(thing)
