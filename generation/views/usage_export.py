"""Every task of a range, and its ledger, as CSV and JSON; written while it is read."""

import csv
import json
from collections.abc import Iterable, Iterator
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
    for some in _pieces(scope.tasks().select_related("owner", "key")):
        named: dict[Any, list[str]] = {}
        used = TaskSubject.objects.filter(task__in=[task.pk for task in some]).order_by("position")
        for pk, handle in used.values_list("task", "handle"):
            named.setdefault(pk, []).append(handle)
        for task in some:
            task.handles = named.get(task.pk, [])
            yield task


def _ledger(scope: Scope) -> Iterator[LedgerEntry]:
    """Of those tasks, in their order."""
    for some in _pieces(scope.tasks().only("created_at")):
        places = {task.pk: place for place, task in enumerate(some)}
        lines = LedgerEntry.objects.filter(task__in=places).select_related("user", "actor")
        yield from sorted(lines, key=lambda line: (places[line.task_id], line.pk))


def _pieces(tasks: Any) -> Iterator[list[Any]]:
    """Each asked for when the one before is written.

    One question for all would have PostgreSQL put the whole history aside before its first row,
    and SQLite keep its log, for as long as the client reads.
    """
    rest = tasks = tasks.order_by("created_at", "id")
    while some := list(rest[:AT_ONCE]):
        yield some
        at, pk = some[-1].created_at, some[-1].pk
        rest = tasks.filter(created_at__gte=at).exclude(created_at=at, pk__lte=pk)


def _json(scope: Scope) -> Iterator[str]:
    yield '{"tasks": ['
    yield from _joined(
        dict(zip(COLUMNS, as_row(task, safe=False), strict=True)) for task in _tasks(scope)
    )
    yield '], "ledger": ['
    yield from _joined(as_line(line) for line in _ledger(scope))
    yield "]}"


def _joined(things: Iterable[dict[str, Any]]) -> Iterator[str]:
    for number, thing in enumerate(things):
        yield (",\n" if number else "\n") + json.dumps(thing)
