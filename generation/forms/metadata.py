"""The small form of the metadata label (seed 001)."""

import json
from collections.abc import Mapping

KEYS = (
    "Label",
    "ContentProducer",
    "ContentPropagator",
    "ProduceID",
    "PropagateID",
    "ReservedCode1",
    "ReservedCode2",
)
"""The documented keys, in the page's order."""

PREFIX = "meta_data_"


def from_keys(data: Mapping[str, str]) -> str:
    """JSON of the keys that were filled in; empty when none was."""
    filled = {key: data.get(PREFIX + key, "").strip() for key in KEYS}
    filled = {key: value for key, value in filled.items() if value}
    return json.dumps(filled, ensure_ascii=False) if filled else ""


def to_keys(text: str) -> dict[str, str]:
    """The documented keys' values in `text`; all empty when it is not a plain JSON object."""
    try:
        parsed = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        parsed = {}
    if not isinstance(parsed, dict):
        parsed = {}
    return {key: str(parsed.get(key, "")) for key in KEYS}
