"""The engine page: for admins, how the workers are doing and what needs a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from generation.lifecycle.figures import MINUTES, Cluster, Figures, gather
from generation.lifecycle.invariants import Broken, broken
from generation.models import ApiKey, Task, Visibility

from .cards import Card
from .http import Request
from .status import ICONS

SHOWN = 50
CHECKED_FOR = 30
"""Seconds a check of the promise is good for: it takes a quarter second, and the page asks often."""

ROOMY = 2 * 1024**3
"""Bytes of free disk; below, the page warns as `manage.py doctor` does."""

LATE = 60
"""Seconds a look may be late before the page calls it late."""

GONE = timedelta(minutes=3)
"""A machine silent for so long has probably been switched off: its supervisor needs a minute."""

WIDTH, HEIGHT = 10, 48
"""Of a bar, and of the chart, in units of its own."""

TROUBLES = {
    "at-risk": "Result could not be saved yet",
    "failed": "Generation failed",
    "key-missing": "Key was deleted",
    "key-refused": "Key refused",
    "key-unreadable": "Key cannot be decrypted",
    "lost": "Result lost",
    "not-found": "Unknown to the gateway",
    "refused": "Request refused",
    "uncertain": "Became uncertain",
    "unreachable": "Gateway did not answer a look",
    "waits": "Gateway busy or not reached",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A task that a person should look at."""

    task: Task
    title: str
    words: str
    icon: str
    why: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and the clusters it was seen with; `silent` when none of them moves any more.

    Without a name: clusters that no machine runs, or that an older version left.
    """

    name: str
    clusters: list[Cluster]
    silent: bool


@never_cache
@require_GET
def engine(request: Request) -> HttpResponse:
    """For admins; for everyone else there is nothing here. The page asks for itself again."""
    if not request.user.is_staff:
        raise Http404
    figures = gather()
    findings, checked_at = _checked()
    context = {
        "nav": "engine",
        "figures": figures,
        "cases": _cases(request),
        "cases_shown": SHOWN,
        "findings": findings[:SHOWN],
        "findings_in_all": len(findings),
        "checked_at": checked_at,
        "states": [
            (state.value, state.label, ICONS[state], figures.states[state]) for state in Task.State
        ],
        "overdue": timedelta(seconds=figures.overdue),
        "late": figures.overdue > LATE,
        "tight": figures.disk_free < ROOMY,
        "machines": _machines(figures),
        "queues": list(figures.queued.items()),
        "chart": _chart(figures.polls),
        "troubles": _troubles(figures),
    }
    return render(request, "engine/engine.html", context)


def _machines(figures: Figures) -> list[Machine]:
    long_ago = figures.at - GONE
    return [
        Machine(name, found, all(one.seen is not None and one.seen < long_ago for one in found))
        for name, clusters in groupby(figures.clusters, key=lambda cluster: cluster.host)
        for found in [list(clusters)]
    ]


def _checked() -> tuple[list[Broken], datetime]:
    """What breaks the promise, and when that was found out."""
    kept: tuple[list[Broken], datetime] | None = cache.get("engine:checked")
    if kept is None:
        kept = broken(), timezone.now()
        cache.set("engine:checked", kept, CHECKED_FOR)
    return kept


def _cases(request: Request) -> list[Case]:
    """Uncertain tasks and unsafe results, what dies first on top."""
    tasks = Task.objects.for_admins().select_related("owner").prefetch_related("outputs")
    cases = [_case(request, task) for task in tasks.order_by("created_at")[:SHOWN]]
    return sorted(cases, key=lambda case: (case.until is None, case.until or case.task.created_at))


def _case(request: Request, task: Task) -> Case:
    card = Card(task, request.user)
    hidden = task.visibility == Visibility.PRIVATE and task.owner_id != request.user.pk
    error = card.output.last_error if card.at_risk and card.output else ""
    return Case(
        task=task,
        # Opening a private task is logged; a list is not the way around that.
        title=f"A private task of {task.owner.username}" if hidden else card.title,
        words=card.words,
        icon=card.icon,
        why=error or card.detail,
        since=task.sent_at or task.created_at,
        until=card.until,
    )


def _chart(polls: list[int]) -> dict[str, Any]:
    most = max(*polls, 1)
    bars = [
        {"x": position * WIDTH, "y": HEIGHT - height, "height": height}
        for position, count in enumerate(polls)
        if (height := round(HEIGHT * count / most, 1))
    ]
    return {
        "bars": bars,
        "bar_width": WIDTH - 2,
        "width": MINUTES * WIDTH,
        "height": HEIGHT,
        "last": polls[-1],
        "most": max(polls),
        "minutes": MINUTES,
    }


def _troubles(figures: Figures) -> list[dict[str, Any]]:
    """A row a key: what its last hour was like, and what the gateway last said about it."""
    errors = dict(
        ApiKey.objects.filter(active=True).exclude(last_error="").values_list("label", "last_error")
    )
    labels = sorted({trouble.key for trouble in figures.trouble} | set(errors))
    return [
        {
            "key": label or "No key",
            "kinds": [
                (TROUBLES[trouble.word], trouble.times)
                for trouble in figures.trouble
                if trouble.key == label
            ],
            "last_error": errors.get(label, ""),
        }
        for label in labels
    ]
