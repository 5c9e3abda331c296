"""The request body of a create: `{"model", "input": [{"params"}]}` as compact UTF-8 JSON."""

import json
from collections.abc import Mapping
from itertools import chain, zip_longest
from secrets import token_hex
from typing import Any

MAX_BODY = 20_000_000
"""Bytes of the whole POST body: "cannot exceed 20MB" (docs/gateway.md).

The pages do not say which megabyte they mean; the smaller one is safe with both.
"""


def build_body(model: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {"model": model, "input": [{"params": dict(params)}]}


class Verbatim(str):
    """Text of which JSON escapes nothing, as the data URIs that we make: ASCII, no quote, no
    backslash and no control character. Going through megabytes of it to find that out costs more
    than all else of a request.
    """

    __slots__ = ()


def encode(body: Mapping[str, Any]) -> bytes:
    """`body` as it travels. Characters that UTF-8 cannot hold (lone surrogates) become "?"."""
    mark, left_out = token_hex(16), list[Verbatim]()
    rest = _without(body, mark, left_out)
    text = json.dumps(rest, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    parts = text.encode("utf-8", "replace").split(mark.encode())
    texts = (value.encode("ascii") for value in left_out)
    return b"".join(chain.from_iterable(zip_longest(parts, texts, fillvalue=b"")))


def _without(value: Any, mark: str, left_out: list[Verbatim]) -> Any:
    """The value with `mark` in place of every Verbatim, which `left_out` gets in their order."""
    match value:
        case Verbatim():
            left_out.append(value)
            return mark
        case Mapping():
            return {name: _without(item, mark, left_out) for name, item in value.items()}
        case list() | tuple():
            return [_without(item, mark, left_out) for item in value]
    return value


def body_size(model: str, params: Mapping[str, Any]) -> int:
    return len(encode(build_body(model, params)))
