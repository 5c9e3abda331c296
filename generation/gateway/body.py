"""The request body of a create: `{"model", "input": [{"params"}]}` as compact UTF-8 JSON."""

import json
from collections.abc import Mapping
from typing import Any

MAX_BODY = 20_000_000
"""Bytes of the whole POST body: "cannot exceed 20MB" (seeds 000-004, api.md 1.1).

The pages do not say which megabyte they mean; the smaller one is safe with both.
"""


def build_body(model: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The body for `params`, which go out exactly as they are."""
    return {"model": model, "input": [{"params": dict(params)}]}


def encode(body: Mapping[str, Any]) -> bytes:
    """`body` as it travels. Characters that UTF-8 cannot hold (lone surrogates) become "?"."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")


def body_size(model: str, params: Mapping[str, Any]) -> int:
    """Bytes that a create with `params` would send, to compare with MAX_BODY."""
    return len(encode(build_body(model, params)))
