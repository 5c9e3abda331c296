"""List prices: what the vendor publishes, in credits a task (docs/gateway.md)."""

from typing import Any

from .spec import USD_PER_CREDIT, Price, Values

ASSUMED_POINTS = 10
"""What `is_rec` is taken to add where the model's page does not say: what another page says."""

RECOMMENDED_NOTE = f"Recommended prompt costs extra; {ASSUMED_POINTS} points are assumed."
SOUND_NOTE = "Sound may cost extra; the provider does not publish how much."
OFF_PEAK_NOTE = "Off-peak costs less; the provider does not publish how much."
UNKNOWN = Price(None, note="The provider publishes no price for this model.")
UNPRICED = Price(None, note="The provider publishes no price for this combination.")


def whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text(value: Any) -> str:
    """`value` if it is text, else empty: values may come straight from a form."""
    return value if isinstance(value, str) else ""


def price(credits: int) -> Price:
    return Price(credits * USD_PER_CREDIT)


def listed(credits: int | None, complete: Values, *, recommended: int | None = None) -> Price:
    """The list price of a task with its extras; `credits` is the price without them.

    `recommended` is what `is_rec` adds, in points, where the model's page says it.
    """
    if credits is None:
        return UNPRICED
    notes = []
    if complete.get("is_rec") is True:
        credits += ASSUMED_POINTS if recommended is None else recommended
        notes += [RECOMMENDED_NOTE] if recommended is None else []
    sound = complete.get("audio") is True
    if sound:
        notes.append(SOUND_NOTE)
    elif complete.get("off_peak") is True:
        notes.append(OFF_PEAK_NOTE)
    return Price(credits * USD_PER_CREDIT, at_least=sound, note=" ".join(notes))


def unpublished(values: Values) -> Price:
    return UNKNOWN
