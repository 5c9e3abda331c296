"""The small form of the metadata label."""

import json
import re
from collections.abc import Mapping

from .fields import storable

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
    filled = {key: data.get(PREFIX + key, "").strip() for key in KEYS}
    filled = {key: value for key, value in filled.items() if value}
    return json.dumps(filled, ensure_ascii=False) if filled else ""


def contradicts(data: Mapping[str, str]) -> bool:
    text, keys = data.get("meta_data", "").strip(), from_keys(data)
    if not text or not keys:
        return False
    return json.loads(keys) != {key: value for key, value in to_keys(text).items() if value}


def to_keys(text: str) -> dict[str, str]:
    try:
        # Numbers as they are written: none is too long, and none is rounded.
        parsed = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        parsed = {}
    if not isinstance(parsed, dict):
        parsed = {}
    return {key: _as_shown(str(parsed.get(key, ""))) for key in KEYS}


def _as_shown(value: str) -> str:
    """Empty for what a field of one line would change: it stands in the JSON, which is shown too."""
    whole = value == storable(value).strip() and not re.search(r"[\r\n]", value)
    return value if whole else ""
