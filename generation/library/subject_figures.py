"""What was made with subjects, added up from a few counted rows each."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from generation.models import Subject, SubjectUse, User

SUMS = {name: Sum(name) for name in ("tasks", "completed", "failed", "spent")}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of tasks that a member may see; `spent` is USD of those that have ended."""

    tasks: int = 0
    completed: int = 0
    failed: int = 0
    spent: Decimal = Decimal(0)

    @property
    def success(self) -> int | None:
        """Percent of those that ended well or badly; None before any has."""
        ended = self.completed + self.failed
        return round(100 * self.completed / ended) if ended else None

    @property
    def each(self) -> Decimal | None:
        """USD for one result."""
        return self.spent / self.completed if self.completed else None


NONE = Figures()


def figures(user: User, subjects: Iterable[Subject]) -> dict[UUID, Figures]:
    """Of each of them, in one query; those never used are missing."""
    rows = SubjectUse.objects.visible_to(user).filter(subject__in=[s.pk for s in subjects])
    return _summed(rows.values("subject").annotate(**SUMS), "subject")


def figures_by_version(user: User, subject: Subject) -> dict[int, Figures]:
    """Of each version by its number; 0 is what was made before versions were kept."""
    rows = SubjectUse.objects.visible_to(user).filter(subject=subject)
    return _summed(rows.values("number").annotate(**SUMS), "number")


def _summed(rows: Iterable[Any], key: str) -> dict[Any, Figures]:
    return {row[key]: Figures(**{name: row[name] for name in SUMS}) for row in rows}
