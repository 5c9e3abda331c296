"""What Generate will cost, in words."""

from decimal import Decimal
from typing import Any

from generation.catalog import Price
from generation.catalog.money import usd
from generation.models import Task


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


def price_again(task: Task, label: str = "Run again") -> str:
    amount = task.cost or task.estimate
    return f"{label} · {'price unknown' if amount is None else usd(amount)}"
