"""The models as the studio offers them, by what goes in and comes out."""

from typing import Any

from generation.catalog import MODELS, Category, ModelSpec


def tabs(chosen: ModelSpec) -> list[dict[str, Any]]:
    """One a category; the one of `chosen` is open."""
    return [
        {
            "category": category.value,
            "title": category.tab,
            "models": [spec for spec in MODELS.values() if spec.category is category],
            "open": chosen.category is category,
        }
        for category in Category
    ]
