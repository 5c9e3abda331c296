"""What the gateway's support asks an admin for, out of a task's timeline."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from generation.models import TaskEvent

LABELS = {
    "request_id": "Request",
    "remote_id": "Task",
    "remote_task_id": "Provider’s task",
    "jobs": "Provider’s jobs",
    "status": "Status",
    "http": "HTTP status",
    "code": "Error code",
    "cost": "Cost",
    "discount": "Discount",
}


class Fact(NamedTuple):
    label: str
    value: str


class Told(NamedTuple):
    """What the gateway said at one moment, each fact as it was sent."""

    at: datetime
    kind: str
    facts: list[Fact]


def told(events: Iterable[TaskEvent]) -> list[Told]:
    found = (Told(event.at, event.kind, _facts(event)) for event in events)
    return [one for one in found if one.facts]


def _facts(event: TaskEvent) -> list[Fact]:
    known = ((label, event.detail.get(name)) for name, label in LABELS.items())
    return [Fact(label, _text(value)) for label, value in known if value not in (None, "", [])]


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
