"""The price that a page shows goes with its form, so that nobody pays another one unasked."""

import re
from decimal import Decimal

from generation.catalog.money import usd

UNKNOWN = "unknown"
AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


class PriceChanged(Exception):
    """It is not what the page showed; `now` is USD for all, None while nobody knows."""

    def __init__(self, shown: Decimal | None, now: Decimal | None) -> None:
        was = "no price" if shown is None else usd(shown)
        becomes = "the price is not known now" if now is None else f"it is {usd(now)} now"
        super().__init__(f"The page showed {was}; {becomes}.")
        self.now = now


def as_given(amount: Decimal | None) -> str:
    return UNKNOWN if amount is None else f"{amount.normalize():f}"


def is_price(given: str) -> bool:
    return given == UNKNOWN or bool(AMOUNT.fullmatch(given))


def require_same(given: str, now: Decimal | None) -> None:
    """Raises PriceChanged; what is no price counts as none."""
    shown = Decimal(given) if AMOUNT.fullmatch(given) else None
    if shown != now:
        raise PriceChanged(shown, now)
