"""How sizes and shapes read in sentences for members, and the sentences that refuse an image.

The browser checks by the same sentences, which pages carry (`sentences_for`), and writes figures by
the same rules (static/js/images.js).
"""

from collections.abc import Sequence
from math import ceil

from generation.catalog.spec import ImageLimits

KILOBYTE, MEGABYTE, GIGABYTE = 1024, 1024**2, 1024**3

REFUSALS = {
    "empty": "This file is empty.",
    "format": "This file is not a {formats} image.",
    "bytes": "This image has {size}; at most {most} are allowed.",
    "damaged": "This image is damaged and cannot be read.",
    "side": "This image is {width} × {height} pixels; at least {least} × {least} are needed.",
    "ratio": "This image is {width} × {height} pixels, a ratio of {ratio}; "
    "allowed is {lowest} to {highest}.",
}
"""By what is wrong. The limits' own figures come from `limit_words`."""


def size_text(size: int) -> str:
    """`size` in bytes as "312 KB" or "14.2 MB", rounded up so that one byte over a limit shows."""
    if size < MEGABYTE:
        return f"{ceil(size / KILOBYTE)} KB"
    if size < GIGABYTE:
        return f"{ceil(size * 10 / MEGABYTE) / 10:g} MB"
    return f"{ceil(size * 10 / GIGABYTE) / 10:,.1f} GB"


def ratio_text(value: float) -> str:
    return f"{round(value, 3):g}:1" if value >= 1 else f"1:{round(1 / value, 3):g}"


def listed(formats: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(formats[:-1]), formats[-1]) if part)


def limit_words(limits: ImageLimits) -> dict[str, str]:
    return {
        "formats": listed(limits.formats),
        "most": size_text(limits.max_bytes),
        "least": str(limits.min_side),
        "lowest": ratio_text(limits.min_ratio),
        "highest": ratio_text(limits.max_ratio),
    }


def refusal(fault: str, limits: ImageLimits, **figures: object) -> str:
    return REFUSALS[fault].format(**limit_words(limits), **figures)


def sentences_for(limits: ImageLimits) -> dict[str, str]:
    """All of them for a browser: what only the image knows is left as "{size}", "{width}", ..."""
    kept = {name: "{" + name + "}" for name in ("size", "width", "height", "ratio")}
    return {fault: refusal(fault, limits, **kept) for fault in REFUSALS}
