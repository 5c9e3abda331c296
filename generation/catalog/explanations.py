"""From any code and text of the gateway to words a member can act on."""

import re
from collections.abc import Iterator

from .causes import (
    CAUSES,
    INPUT_REFUSED,
    PROVIDER_FAULT,
    UNEXPLAINED,
    Cause,
    Explanation,
)
from .models import MODELS
from .spec import ErrorCode, ModelSpec

__all__ = ["Explanation", "explain", "explain_http"]

STRAY_EIGHT = 8_000_000_000
"""Page 003 prints 008003001 as 8008003001; both count."""

INPUT_REASONS = range(1, 7)
PROVIDER_REASONS = range(95, 100)


def explain(spec: ModelSpec | None, code: str, message: str) -> Explanation:
    """What an error means for the member. Never raises, whatever the provider sent.

    Vidu's own word for the cause says more than the gateway's number around it, so it is
    looked for first. `spec` is None when the model is not known.
    """
    code, message = str(code or ""), str(message or "")
    return _explain(spec, code, message) or UNEXPLAINED


def explain_http(
    status: int, code: str, message: str, spec: ModelSpec | None = None
) -> Explanation:
    found = _explain(spec, str(code or ""), str(message or ""))
    if found:
        return found
    for cause in CAUSES:
        if status in cause.statuses:
            return cause.explanation
    if isinstance(status, int) and 400 <= status < 500:
        return INPUT_REFUSED
    return PROVIDER_FAULT


def _explain(spec: ModelSpec | None, code: str, message: str) -> Explanation | None:
    return _by_words(code, message) or _by_numbers(spec, code, message)


def _by_words(code: str, message: str) -> Explanation | None:
    words = set(re.findall(r"[a-z_]+", f"{code} {message}".lower()))
    # "Insufficient_credits" and "insufficient  credits" are the same phrase.
    text = re.sub(r"[\W_]+", " ", f"{code} {message}".lower())
    title = re.sub(r"[\W_]+", "", code).lower()
    for cause in CAUSES:
        if _fits(cause, words, text, title):
            return cause.explanation
    return None


def _fits(cause: Cause, words: set[str], text: str, title: str) -> bool:
    return (
        any(name.lower() in words for name in cause.names)
        or any(phrase in text for phrase in cause.phrases)
        or any(name.lower() == title for name in cause.titles)
    )


def _by_numbers(spec: ModelSpec | None, code: str, message: str) -> Explanation | None:
    for number in _numbers(code, message):
        for cause in CAUSES:
            if number in cause.numbers:
                return cause.explanation
        if documented := _documented(spec, number):
            return Explanation(
                documented.meaning,
                documented.responsible,
                documented.retry_helps,
                documented.advice,
            )
        if described := _by_grammar(number):
            return described
    return None


def _numbers(code: str, message: str) -> Iterator[int]:
    """The code, then numbers in the message that are long enough to be a code."""
    found = re.findall(r"^\s*([0-9]{1,12})\s*$", code)
    found += re.findall(r"(?<![0-9])[0-9]{5,10}(?![0-9])", message)
    for digits in found:
        number = _plain(int(digits))
        if number:
            yield number


def _plain(number: int) -> int:
    return number - STRAY_EIGHT if number > STRAY_EIGHT else number


def _documented(spec: ModelSpec | None, number: int) -> ErrorCode | None:
    specs = ([spec] if spec else []) + list(MODELS.values())
    for candidate in specs:
        for error in candidate.errors:
            if _plain(error.number) == number:
                return error
    return None


def _by_grammar(number: int) -> Explanation | None:
    """A code that no page lists, read as 008 + model group + reason (docs/gateway.md)."""
    if not 8_000_000 <= number < 9_000_000:
        return None
    if number % 1000 in INPUT_REASONS:
        return INPUT_REFUSED
    return PROVIDER_FAULT if number % 1000 in PROVIDER_REASONS else None
