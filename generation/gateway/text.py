"""Text from the gateway, made safe to store, show and log."""

import re

KEY_MARK = "[key]"
DATA_MARK = "[data]"

SHORTEST_SECRET = 8
"""Replacing anything shorter would garble ordinary words and protect nothing."""

# Control characters and lone surrogates cannot be stored by every database; the bidirectional
# marks can make a message read as something else.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
# The comma is optional: a page prints data URIs without it.
DATA_URI = re.compile(
    r"data:[\w.+-]{1,100}/[\w.+-]{1,100}(?:;[\w=.+-]+)*,?[\w+/=%-]*", re.IGNORECASE | re.ASCII
)


def clean(text: str, secret: str = "") -> str:
    """`text` without control characters, data URIs and `secret` (some gateways echo the key)."""
    text = UNSAFE.sub("", text)
    if len(secret) >= SHORTEST_SECRET:
        text = text.replace(secret, KEY_MARK)
    return DATA_URI.sub(DATA_MARK, text)


def shorten(text: str, limit: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
