"""The colours keep the contrast that WCAG asks for, in both themes."""

import re

import pytest

from .pages import STATIC

TOKENS = dict(
    re.findall(
        r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (?:#[0-9a-f]{6})\)",
        (STATIC / "css" / "tokens.css").read_text(),
    )
)
DARK = dict(
    re.findall(
        r"--([a-z0-9-]+): light-dark\((?:#[0-9a-f]{6}), (#[0-9a-f]{6})\)",
        (STATIC / "css" / "tokens.css").read_text(),
    )
)
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2") for ground in ("paper", "card", "sunken")),
    *((ink, "card") for ink in ("accent", "ok", "warn", "bad")),
    *((ink, "paper") for ink in ("accent", "ok", "warn", "bad")),
    *((ink, f"{ink}-soft") for ink in ("accent", "warn", "bad")),
    *(("ink", f"{tone}-soft") for tone in ("accent", "warn", "bad")),
    ("ink-2", "accent-soft"),
    ("ink-2", "warn-soft"),
    ("ink-2", "bad-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
]
BORDERS = [("line-strong", "paper"), ("line-strong", "card"), ("accent", "sunken")]


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [TOKENS, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_is_readable(theme, ink, ground):
    assert contrast(theme[ink], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [TOKENS, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), BORDERS)
def test_controls_are_visible(theme, line, ground):
    assert contrast(theme[line], theme[ground]) >= 3
