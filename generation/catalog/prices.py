"""List prices: what the vendor publishes, in credits a task (api.md 5.3)."""

from typing import Any

from .spec import USD_PER_CREDIT, Price, Values

RECOMMENDED_PROMPT_CREDITS = 10
"""What `is_rec` adds to a task (seed 000)."""

SOUND_NOTE = "Sound may cost extra; the provider does not publish how much."
OFF_PEAK_NOTE = "Off-peak costs less; the provider does not publish how much."
UNKNOWN = Price(None, note="The provider publishes no price for this model.")
UNPRICED = Price(None, note="The provider publishes no price for this combination.")


def whole(value: Any) -> int | None:
    """`value` if it is a whole number (True and False are none), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text(value: Any) -> str:
    """`value` if it is text, else empty: values may come straight from a form."""
    return value if isinstance(value, str) else ""


def price(credits: int) -> Price:
    """A plain list price."""
    return Price(credits * USD_PER_CREDIT)


def listed(credits: int | None, complete: Values) -> Price:
    """The list price of a task with its extras; `credits` is the price without them."""
    if credits is None:
        return UNPRICED
    if complete.get("is_rec") is True:
        credits += RECOMMENDED_PROMPT_CREDITS
    usd = credits * USD_PER_CREDIT
    if complete.get("audio") is True:
        return Price(usd, at_least=True, note=SOUND_NOTE)
    if complete.get("off_peak") is True:
        return Price(usd, note=OFF_PEAK_NOTE)
    return Price(usd)


def unpublished(values: Values) -> Price:
    """The price of a model whose prices nobody publishes, whatever the values."""
    return UNKNOWN
