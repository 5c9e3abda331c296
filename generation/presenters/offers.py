"""The models as the studio offers them, by what goes in and comes out."""

from typing import Any

from generation.catalog import MODELS, ModelSpec
from generation.catalog.spec import Task as Tab

TABS = (
    (Tab.IMG2VIDEO, "Image to video"),
    (Tab.REFERENCE2VIDEO, "With subjects"),
    (Tab.REFERENCE2IMAGE, "Stills"),
)


def tabs(chosen: ModelSpec) -> list[dict[str, Any]]:
    """One a kind of task; the one of `chosen` is open."""
    return [
        {
            "task": tab.value,
            "title": title,
            "models": [spec for spec in MODELS.values() if spec.task is tab],
            "open": chosen.task is tab,
        }
        for tab, title in TABS
    ]
