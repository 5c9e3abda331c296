"""Amounts as people read them."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def usd(amount: Decimal) -> str:
    """`$0.53` of 0.525: whole cents; below half a cent the fractions that the amount has, `$0.0035`."""
    cents = amount.quantize(CENT, ROUND_HALF_UP)
    exact = amount.normalize()
    shown = cents if cents or not exact else exact
    sign = "-" if shown < 0 else ""
    return f"{sign}${abs(shown):,f}"


def limit_words(monthly_budget: Decimal | None) -> str:
    return "no limit" if monthly_budget is None else f"{usd(monthly_budget)} a month"
