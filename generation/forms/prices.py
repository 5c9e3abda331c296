"""What a form says of the price that its page showed (money/shown_price.py)."""

from decimal import Decimal

from generation.catalog import Price
from generation.money.shown_price import PriceChanged, is_price, require_same


def total(price: Price, variations: int) -> Decimal | None:
    """USD for all variations together; None while nobody knows."""
    return None if price.usd is None else price.usd * variations


def price_problem(given: str, now: Decimal | None) -> str:
    """What to say when the page showed `given` and the price is `now`; "" while that is the same."""
    if not is_price(given):
        return "The price shown must be an amount in USD, such as 0.35, or “unknown”."
    try:
        require_same(given, now)
    except PriceChanged as changed:
        return changed_words(changed)
    return ""


def changed_words(changed: PriceChanged) -> str:
    return f"{changed} Generate again to go on."
