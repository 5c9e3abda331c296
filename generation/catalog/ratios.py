"""Width-to-height ratios as people type them, and as the gateway takes them."""

import re
from fractions import Fraction

RATIO = re.compile(r"([1-9][0-9]{0,4}):([1-9][0-9]{0,4})")
"""What is sent: two whole numbers."""

TYPED = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,4})?):([0-9]{1,5}(?:\.[0-9]{1,4})?)")


def whole_ratio(text: str) -> str | None:
    """`text` in whole numbers, `239:100` for `2.39:1`; None when it is no ratio.

    Whole numbers stay as they are. None too when the result needs more than five digits.
    """
    if RATIO.fullmatch(text):
        return text
    typed = TYPED.fullmatch(text)
    if typed is None or "." not in text:
        return None
    width, height = Fraction(typed[1]), Fraction(typed[2])
    if not width or not height:
        return None
    shape = width / height
    whole = f"{shape.numerator}:{shape.denominator}"
    return whole if RATIO.fullmatch(whole) else None
