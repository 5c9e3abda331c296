"""The price that a page shows goes with its form, so that nobody pays another one unasked."""

import re
from decimal import Decimal

from generation.catalog import Price
from generation.catalog.money import usd

UNKNOWN = "unknown"
AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def total(price: Price, variations: int) -> Decimal | None:
    """USD for all variations together; None while nobody knows."""
    return None if price.usd is None else price.usd * variations


def as_given(amount: Decimal | None) -> str:
    return UNKNOWN if amount is None else f"{amount.normalize():f}"


def price_problem(given: str, now: Decimal | None) -> str:
    """What to say when the page showed `given` and the price is `now`; "" while that is the same."""
    if given != UNKNOWN and not AMOUNT.fullmatch(given):
        return "The price shown must be an amount in USD, such as 0.35, or “unknown”."
    shown = None if given == UNKNOWN else Decimal(given)
    if shown == now:
        return ""
    was = "no price" if shown is None else usd(shown)
    becomes = "the price is not known now" if now is None else f"it is {usd(now)} now"
    return f"The page showed {was}; {becomes}. Generate again to go on."
