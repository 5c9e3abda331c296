"""How much each key was used this month."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum

from generation.models import ApiKey, DailyUsage

from .amounts import usd_of
from .days import month_of, today


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Tasks submitted this month, and what they were charged or hold."""

    tasks: int = 0
    used: Decimal = Decimal(0)


def of_keys(keys: Collection[ApiKey]) -> dict[UUID, KeyUse]:
    """One query, however many keys there are."""
    month = month_of(today())
    rows = DailyUsage.objects.filter(
        day__range=(month.since, month.until), key__in=[key.pk for key in keys]
    )
    sums = rows.values_list("key").annotate(n=Sum("tasks"), all=Sum(F("charged") + F("held")))
    found = {key: KeyUse(tasks, usd_of(used)) for key, tasks, used in sums}
    return defaultdict(KeyUse, found)
