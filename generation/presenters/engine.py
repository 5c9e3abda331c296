"""The engine page's tasks, machines, chart and troubles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from generation.models import Task, User
from generation.models.event_kind import EVENTS
from generation.monitoring.metrics import MINUTES, Cluster, Metrics
from generation.people.access import is_private_of_another

from .cards import Card
from .private import said_to
from .status import ICONS
from .wording import clause

ROOMY = 2 * 1024**3
"""Bytes of free disk; below, the page warns as `manage.py doctor` does."""

LATE_AFTER = 60
"""Seconds a poll may be late before the page calls it late."""

GONE = timedelta(minutes=3)
"""A machine silent for so long has probably been switched off: its supervisor needs a minute."""

WIDTH, HEIGHT = 10, 48
"""Of a bar, and of the chart, in units of its own."""


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
    in_time: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and the clusters it was seen with; `silent` when none of them moves any more.

    Without a name: clusters that no machine runs, or that an older version left.
    """

    name: str
    clusters: list[Cluster]
    silent: bool


def case(task: Task, user: User) -> Case:
    """Needs the task's owner and outputs."""
    card = Card(task, user)
    error = f"{clause(card.risky.last_error)}." if card.risky else ""
    return Case(
        task=task,
        title=said_to(user, task) if is_private_of_another(task, user) else card.title,
        words=card.words,
        icon=card.icon,
        why=f"{error or card.detail} {card.charge}".strip(),
        since=task.held_since or task.sent_at or task.created_at,
        until=card.until,
        in_time=card.in_time,
    )


def figures_in_words(figures: Metrics, errors: Mapping[str, str]) -> dict[str, Any]:
    return {
        "figures": figures,
        "states": [
            (state.value, state.label, ICONS[state], figures.states[state]) for state in Task.State
        ],
        "overdue": timedelta(seconds=figures.overdue),
        "late": figures.overdue > LATE_AFTER,
        "tight": figures.disk_free < ROOMY,
        "machines": _machines(figures),
        "queues": list(figures.queued.items()),
        "chart": _chart(figures.polls),
        "troubles": _troubles(figures, errors),
    }


def _machines(figures: Metrics) -> list[Machine]:
    long_ago = figures.at - GONE
    return [
        Machine(name, found, all(one.seen is not None and one.seen < long_ago for one in found))
        for name, clusters in groupby(figures.clusters, key=lambda cluster: cluster.host)
        for found in [list(clusters)]
    ]


def _chart(polls: Sequence[int]) -> dict[str, Any]:
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


def _troubles(figures: Metrics, errors: Mapping[str, str]) -> list[dict[str, Any]]:
    labels = sorted({trouble.key for trouble in figures.trouble} | set(errors))
    return [
        {
            "key": label or "No key",
            "kinds": [
                (EVENTS[trouble.kind].title, trouble.times)
                for trouble in figures.trouble
                if trouble.key == label
            ],
            "last_error": errors.get(label, ""),
        }
        for label in labels
    ]
