"""Budgets as pages show them, and what waits for an admin because of one."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from generation.catalog.money import usd
from generation.models import Task, User
from generation.money.budgets import Budget


@dataclass(frozen=True, slots=True)
class Asked:
    """The tasks of one form that wait: what they are, for whom, and what they cost together."""

    submission: UUID
    tasks: list[Task]

    @property
    def first(self) -> Task:
        return self.tasks[0]

    @property
    def model_title(self) -> str:
        return self.first.model_title

    @property
    def price(self) -> str:
        known = [task.estimate for task in self.tasks if task.estimate is not None]
        return usd(sum(known, Decimal(0))) if len(known) == len(self.tasks) else "price unknown"


def asked(tasks: Iterable[Task]) -> list[Asked]:
    """Of tasks in the order of their forms."""
    groups = groupby(tasks, key=lambda task: (task.submission, task.owner_id))
    return [Asked(submission, list(found)) for (submission, _), found in groups]


def left_words(budgets: Iterable[Budget], user: User) -> str:
    tightest = min(budgets, key=lambda one: one.left, default=None)
    if tightest is None:
        return ""
    mine = tightest.whose == user.username
    whose = (
        "your budget" if mine else f"the budget of {tightest.whose[0].lower()}{tightest.whose[1:]}"
    )
    return f"{usd(tightest.left)} left of {whose}"
