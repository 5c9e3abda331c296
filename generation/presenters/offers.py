"""The models as the studio offers them, by what goes in and comes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from generation.catalog import MODELS, Category, ModelSpec, Price, Values, changes

from .prices import amount_words

MOST_CHANGES = 2
"""Differences that a line of the list has room for."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One model beside what is set now: `price` for that, and what would be otherwise."""

    spec: ModelSpec
    price: str
    otherwise: str


def tabs(
    chosen: ModelSpec, values: Values, variations: int, prices: Mapping[str, Price]
) -> list[dict[str, Any]]:
    """One a category; the one of `chosen`, for which `values` are set, is open.

    `prices` are those of each model for what it takes of these values, by its id.
    """
    return [
        {
            "category": category.value,
            "title": category.tab,
            "offers": [
                _offer(spec, chosen, values, _words(prices[spec.id], variations))
                for spec in MODELS.values()
                if spec.category is category
            ],
            "open": chosen.category is category,
        }
        for category in Category
    ]


def _words(price: Price, variations: int) -> str:
    return amount_words(price, _total(price, variations))


def _offer(spec: ModelSpec, chosen: ModelSpec, values: Values, words: str) -> Offer:
    if spec is chosen:
        return Offer(spec, words, "as set" if words else "")
    told = changes(chosen, spec, values)[:MOST_CHANGES]
    return Offer(spec, words, f"with {', '.join(told)}" if told else "as set")


def _total(price: Price, variations: int) -> Decimal | None:
    return None if price.usd is None else price.usd * variations
