"""What Generate will cost, in words."""

from decimal import Decimal
from typing import Any

from generation.catalog import Price
from generation.catalog.money import usd


def price_words(price: Price, amount: Decimal | None, variations: int) -> dict[str, Any]:
    """What the price line shows; `amount` is USD for all variations, None while nobody knows."""
    if amount is None:
        text = "Price unknown"
    else:
        text = f"{'From' if price.at_least else 'About'} {usd(amount)}"
    return {
        "price": price,
        "price_text": text,
        "price_basis": "" if price.usd is None else "list price",
        "variations": variations,
    }
