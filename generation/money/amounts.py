"""Millionths of a USD, as whole numbers: what the roll-up adds up."""

from decimal import Decimal

MILLION = 1_000_000


def micros(amount: Decimal | None) -> int:
    return round((amount or 0) * MILLION)


def usd_of(number: int | None) -> Decimal:
    return Decimal(number or 0) / MILLION
