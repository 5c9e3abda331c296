"""How the team's word on a result is shown."""

from dataclasses import dataclass

from generation.models import Task, Verdict

ICONS = {Verdict.APPROVED: "check", Verdict.NEEDS_WORK: "pencil", Verdict.REJECTED: "ban"}


@dataclass(frozen=True, slots=True)
class Mark:
    value: str
    label: str
    icon: str


MARKS = {
    verdict.value: Mark(verdict.value, str(verdict.label), ICONS[verdict]) for verdict in Verdict
}


def mark(task: Task) -> Mark | None:
    """Asks nothing of a task that was loaded by `for_cards`."""
    found = getattr(task, "review", None)
    return MARKS.get(found.verdict) if found else None
