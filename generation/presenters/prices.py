"""What Generate will cost, in words."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from generation.catalog import Price
from generation.catalog.money import usd
from generation.models import Task
from generation.money.prices import price_of
from generation.money.shown_price import as_given


def amount_words(price: Price, amount: Decimal | None) -> str:
    if amount is None:
        return ""
    return f"from {usd(amount)}" if price.at_least else usd(amount)


def price_words(price: Price, amount: Decimal | None, count: int) -> dict[str, Any]:
    """What the price line shows; `amount` is USD for all `count` tasks, None while nobody knows."""
    if amount is None:
        text = "Price unknown"
    else:
        text = f"{'From' if price.at_least else 'About'} {usd(amount)}"
    return {
        "price": price,
        "price_text": text,
        "price_amount": amount_words(price, amount),
        "price_basis": "" if price.usd is None else price.basis,
        "count": count,
    }


@dataclass(frozen=True, slots=True)
class PriceAgain:
    """USD of another one like a task, None while nobody knows."""

    amount: Decimal | None

    def words(self, label: str) -> str:
        return f"{label} · {'price unknown' if self.amount is None else usd(self.amount)}"

    @property
    def given(self) -> str:
        """What goes with the form."""
        return as_given(self.amount)


def expected_again(task: Task) -> PriceAgain:
    """As far as the task itself tells: what it has cost teaches only if something came of it."""
    came = task.state == Task.State.COMPLETED and task.charge
    return PriceAgain(task.charge if came else task.estimate)


def price_again(task: Task) -> PriceAgain:
    """As it is in this moment."""
    return PriceAgain(price_of(task.spec, task.params).usd if task.spec else task.estimate)
