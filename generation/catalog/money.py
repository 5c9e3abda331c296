"""Amounts as people read them."""

from decimal import Decimal

CENT = Decimal("0.01")


def usd(amount: Decimal) -> str:
    """`$0.20`, `$0.375`: whole cents, and the fractions of a cent that a price really has."""
    exact = amount.normalize()
    if exact == exact.quantize(CENT):
        exact = exact.quantize(CENT)
    sign = "-" if exact < 0 else ""
    return f"{sign}${abs(exact):,f}"
