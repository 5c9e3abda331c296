"""The price of a task before it is made: the same for the form, the reservation and reports.

What this installation has paid for tasks alike counts before the vendor's list.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import F

from generation.catalog import MODELS, ModelSpec, Price, Values, effective
from generation.models import Counter, CounterName, LearnedPrice, Task

from .amounts import micros, usd_of

EXTRAS = ("duration", "resolution", "audio", "bgm", "is_rec", "off_peak")
"""Parameters on which a price depends, beside the model."""

LATEST = 50
"""Charges that the median is of."""

EXACT = Decimal("0.0001")
"""USD, as Task.estimate keeps them."""


def price_of(spec: ModelSpec, values: Values) -> Price:
    return prices_of({spec.id: values})[spec.id]


def prices_of(wanted: Mapping[str, Values]) -> dict[str, Price]:
    found = _prices([(MODELS[model], values) for model, values in wanted.items()])
    return dict(zip(wanted, found, strict=True))


def prices_for(spec: ModelSpec, wanted: Sequence[Values]) -> list[Price]:
    return _prices([(spec, values) for values in wanted])


def sums_of(wanted: Mapping[str, Sequence[Values]]) -> dict[str, Price]:
    """By model, of several tasks together."""
    flat = [(MODELS[model], values) for model, each in wanted.items() for values in each]
    found = iter(_prices(flat))
    return {model: together([next(found) for _ in each]) for model, each in wanted.items()}


def _prices(wanted: Sequence[tuple[ModelSpec, Values]]) -> list[Price]:
    alike = [alike_of(spec, values) for spec, values in wanted]
    learned = LearnedPrice.objects.in_bulk(alike)
    return [
        _learned(row) if (row := learned.get(like)) else spec.list_price(values)
        for like, (spec, values) in zip(alike, wanted, strict=True)
    ]


def together(prices: Sequence[Price]) -> Price:
    """Of all of them; unknown as soon as one is."""
    if len(prices) == 1:
        return prices[0]
    known = [price.usd for price in prices if price.usd is not None]
    bases = {price.basis for price in prices}
    return Price(
        sum(known, Decimal(0)) if len(known) == len(prices) else None,
        at_least=any(price.at_least for price in prices),
        note=" ".join(dict.fromkeys(filter(None, (price.note for price in prices)))),
        basis=bases.pop() if len(bases) == 1 else _mixed(bases),
    )


def _mixed(bases: set[str]) -> str:
    return "partly list price" if Price(None).basis in bases else "from your last ones like these"


def _learned(row: LearnedPrice) -> Price:
    number = len(row.costs)
    like = "your last one like this" if number == 1 else f"your last {number} like this"
    return Price(usd_of(row.median).quantize(EXACT), basis=f"from {like}")


def alike_of(spec: ModelSpec, values: Values) -> str:
    """Which tasks cost the same: their model, length, resolution and extras, as text."""
    complete = effective(spec, values)
    parts = [
        f"{name}={complete[name]}" for name in EXTRAS if spec.has(name) and _is_set(complete, name)
    ]
    return " ".join([spec.id, *parts])[:200]


def _is_set(complete: Mapping[str, Any], name: str) -> bool:
    return complete.get(name) not in (None, "", False)


def learn(task: Task) -> None:
    """Takes note of what a finished task has cost; in the transaction that books it."""
    spec, charge = task.spec, task.charge
    if spec is None or not charge:
        return
    alike = alike_of(spec, task.params)
    found = LearnedPrice.objects.filter(pk=alike).first()
    costs = [*(found.costs if found else []), micros(charge)][-LATEST:]
    row = LearnedPrice(alike=alike, costs=costs, median=round(median(costs)))
    row.save(force_insert=found is None, force_update=found is not None)
    if found is None or found.median != row.median:
        _tell_forms()


def _tell_forms() -> None:
    """Open forms show a price that may be another now: theirs too who cannot see the task."""
    changed = Counter.objects.filter(name=CounterName.PRICES)
    if not changed.update(value=F("value") + 1):
        Counter.objects.create(name=CounterName.PRICES, value=1)


def begin() -> None:
    """Learns from the newest tasks, if nothing was learned yet."""
    if LearnedPrice.objects.exists():
        return
    newest = Task.objects.filter(state=Task.State.COMPLETED, cost__isnull=False)
    costs: dict[str, list[int]] = {}
    for task in newest.order_by("-created_at")[:5000].iterator():
        if task.spec is not None and task.charge:
            costs.setdefault(alike_of(task.spec, task.params), []).append(micros(task.charge))
    LearnedPrice.objects.bulk_create(
        LearnedPrice(alike=alike, costs=found[:LATEST][::-1], median=round(median(found[:LATEST])))
        for alike, found in costs.items()
    )
