"""Takes secrets and image data out of text that people or machines will keep."""

import re

HIDDEN = "[hidden]"

LONGEST = 8_000
"""Characters kept of one text; the supervisor's lines hold 64 KiB."""

SCANNED = 65_536
"""Of a longer text only this much at either end is looked at, and the rest is left out."""

# Every repetition is bounded: a gateway's reply may end up in a log and must not stall it.
RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.ASCII), f"{kept}{HIDDEN}")
    for pattern, kept in (
        # Without a comma as well: a page prints data URIs that way.
        (r"(data:)[\w.+-]{1,100}\\?/[\w.+-]{1,100}(?:;[\w=.+-]{1,100}){0,9},?[\w+/=%\\-]*", r"\1"),
        (r"(data:);base64,[\w+/=%-]*", r"\1"),
        # Addresses: name and password, and the query, which is where signatures are.
        (r"(?<=://)[^\s/'\"]{1,300}@", ""),
        (r"(https?://[^\s'\"<>?]{1,500}\?)[^\s'\"<>]+", r"\1"),
        (r"(/password/[0-9a-f-]{36}/)[^/\s'\"]+", r"\1"),
        (r"(/(?:callbacks|invitations|share|digest)/)[^/\s'\"]+", r"\1"),
        (r"(\b(?:invitation|code|state)=)[^&\s'\"]+", r"\1"),
        # The header in a dump, a dict, a list of pairs, quoted or not, as bytes or not.
        (
            r"(authorization[\\'\"\]]{0,4}\s{0,4}[:=,][\\'\"\s]{0,8}(?:b[\\'\"]{1,2})?)"
            r"[^'\"\\\r\n]+",
            r"\1",
        ),
        (r"(\bbearer(?:\s|%20){1,4})[^\s'\",;<>(){}\\]{4,}", r"\1"),
        (r"\bgAAAA[\w-]{10,}={0,2}", ""),
        (r"\b(?:vda|vtrix|sk)[_-][\w-]{4,}", ""),
        (r"\bsandbox-[\w-]{4,}", ""),
        (
            r"(\b(?:secret|password|passwd|token|credential|signature|(?:api|access|secret)"
            r"[_-]?key)[\\'\"]{0,4}\s{0,4}[:=]\s{0,4}[\\'\"]{0,4})[^\s'\"\\,;&(){}\[\]]{6,}",
            r"\1",
        ),
    )
)

LONG_WORD = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
HARMLESS = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-f])"
)
"""UUIDs and checksums, which tell tasks and files apart."""

CLASSES = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")


def redact(text: str) -> str:
    """`text` without data URIs, keys, tokens, headers that authorise, signed queries, base64."""
    text = clipped(text, 2 * SCANNED)
    for pattern, kept in RULES:
        text = pattern.sub(kept, text)
    return clipped(LONG_WORD.sub(_judged, text), LONGEST)


def clipped(text: str, limit: int) -> str:
    """Beginning and end of a text that is too long; an error's last line says the most."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} […{len(text) - 2 * half} characters…] {text[-half:]}"


def _judged(found: re.Match[str]) -> str:
    word = HARMLESS.sub("", found[0])
    return HIDDEN if len(word) >= 32 and _looks_random(word) else found[0]


def _looks_random(word: str) -> bool:
    """Whether small, capital and digit follow each other as by chance.

    Of random base64 the kind changes at two of three letters, of paths and names in code, which
    may be as long, at one of ten or fewer.
    """
    letters = "".join(filter(str.isalnum, word))
    return len(CLASSES.findall(letters)) > 0.3 * len(letters)
