"""Amounts as people read them."""

from decimal import Decimal


def usd(amount: Decimal) -> str:
    """`$0.20`, `$0.375`: at least two decimals, never more than four."""
    places = max(2, min(4, -int(amount.normalize().as_tuple().exponent)))
    return f"${amount:,.{places}f}"
