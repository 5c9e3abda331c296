"""Monthly budgets of members, keys and the team: looked at in the transaction of the submit.

A task counts in the month of its submit, with what it is charged or, until that is known, holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum

from generation.catalog.money import usd
from generation.models import ApiKey, Counter, CounterName, DailyUsage, User

from .amounts import micros, usd_of
from .days import month_of, today

WARN_AT = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Budget:
    """Of one month, in USD; `whose` begins a sentence, `used` is charged or held."""

    whose: str
    month: date
    limit: Decimal
    used: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.used, Decimal(0))

    @property
    def share(self) -> Decimal:
        """1 when it is used up, more when it is exceeded."""
        return self.used / self.limit if self.limit else Decimal(1)

    @property
    def percent(self) -> int:
        return min(100, int(self.share * 100))

    @property
    def is_short(self) -> bool:
        return self.share >= WARN_AT

    def allows(self, amount: Decimal) -> bool:
        """Whether so much more fits; of what nobody knows the price, as long as anything is left."""
        return self.used < self.limit and self.used + amount <= self.limit


class OverBudget(Exception):
    """A budget does not allow it; the text says so, with the figures. `why` is said where the
    page says itself that nothing was submitted.
    """

    def __init__(self, budget: Budget, amount: Decimal | None) -> None:
        self.budget = budget
        asks = (
            "the price of this is not known"
            if amount is None
            else f"this costs about {usd(amount)}"
        )
        self.why = (
            f"{budget.whose} has a budget of {usd(budget.limit)} for {budget.month:%B}, of which "
            f"{usd(budget.used)} is spent or reserved: {usd(budget.left)} is left, and {asks}."
        )
        super().__init__(f"{self.why} Nothing was submitted.")


def exceeded(owner: User, key: ApiKey, amount: Decimal | None) -> OverBudget | None:
    """The first budget that does not allow so much more (None for an unknown price), if any.

    Call inside atomic(), after next_revision(): under its lock nobody spends meanwhile.
    """
    for budget in budgets(owner, key):
        if not budget.allows(amount or Decimal(0)):
            return OverBudget(budget, amount)
    return None


def budgets(owner: User, key: ApiKey | None = None) -> Iterable[Budget]:
    if (own := budget_of(owner)) is not None:
        yield own
    if key is not None and key.monthly_budget is not None:
        spent = _this_month().filter(key=key.pk)
        yield _budget(_key(key), key.monthly_budget, spent)
    if (limit := team_limit()) is not None:
        yield _budget("The team", limit, _this_month())


def budget_of(member: User) -> Budget | None:
    if member.monthly_budget is None:
        return None
    spent = _this_month().filter(user=member)
    return _budget(member.username, member.monthly_budget, spent)


def team_limit() -> Decimal | None:
    """USD a month for everybody together; None for no limit."""
    rows = Counter.objects.filter(name=CounterName.TEAM_BUDGET)
    found = rows.values_list("value", flat=True).first()
    return None if found is None else usd_of(found)


def limit_team(limit: Decimal | None) -> None:
    if limit is None:
        Counter.objects.filter(name=CounterName.TEAM_BUDGET).delete()
    else:
        Counter.objects.update_or_create(
            name=CounterName.TEAM_BUDGET, defaults={"value": micros(limit)}
        )


def _this_month() -> "QuerySet[DailyUsage]":
    month = month_of(today())
    return DailyUsage.objects.filter(day__range=(month.since, month.until))


def _budget(whose: str, limit: Decimal, rows: "QuerySet[DailyUsage]") -> Budget:
    return Budget(whose, month_of(today()).since, limit, _sum(rows))


def _sum(rows: "QuerySet[DailyUsage]") -> Decimal:
    return usd_of(rows.aggregate(all=Sum(F("charged") + F("held")))["all"])


@dataclass(frozen=True, slots=True)
class Spender:
    """One that may have a budget, with what it has used this month; `limit` None for none."""

    scope: str
    pk: str
    whose: str
    limit: Decimal | None
    used: Decimal

    @property
    def budget(self) -> Budget | None:
        if self.limit is None:
            return None
        return Budget(self.whose, month_of(today()).since, self.limit, self.used)


def monthly() -> list[Spender]:
    of_users, of_keys = _by("user"), _by("key")
    team = [Spender("team", "", "The team", team_limit(), usd_of(sum(of_users.values())))]
    members = [
        Spender(
            "member",
            str(user.public_id),
            user.username,
            user.monthly_budget,
            usd_of(of_users.get(user.pk)),
        )
        for user in User.objects.filter(is_active=True).order_by("username")
    ]
    keys = [
        Spender("key", str(key.pk), _key(key), key.monthly_budget, usd_of(of_keys.get(key.pk)))
        for key in ApiKey.objects.filter(owner=None)
    ]
    return team + members + keys


def of_members(members: list[User]) -> dict[int, Spender]:
    """What each of them has used this month, by the number of their row; one query."""
    used = _by("user", user__in=[member.pk for member in members])
    return {
        member.pk: Spender(
            "member",
            str(member.public_id),
            member.username,
            member.monthly_budget,
            usd_of(used.get(member.pk)),
        )
        for member in members
    }


def _by(name: str, **only: Any) -> dict[Any, int]:
    sums = _this_month().filter(**only).values(name).annotate(all=Sum(F("charged") + F("held")))
    return dict(sums.values_list(name, "all"))


def _key(key: ApiKey) -> str:
    return f"The key “{key.label}”"
