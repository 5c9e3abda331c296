"""Icons as inline SVG, drawn once a process; on cards, of which a page has many, as references to a sprite."""

import re
from functools import cache
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from generation.presenters.status import ICONS
from generation.presenters.verdicts import ICONS as VERDICTS

register = template.Library()

ON_CARDS = tuple(
    dict.fromkeys(
        (
            *(*ICONS.values(), *VERDICTS.values(), "hand", "x", "shuffle", "dices", "download"),
            *("rotate-cw", "heart"),
        )
    )
)
"""What `use` may refer to."""


@register.simple_tag
def icon(name: str, size: int = 18, style: str = "") -> SafeString:
    """The icon of that name, hidden from screen readers; `style` adds class names."""
    return _drawn(str(name), size, style)


@register.simple_tag
def use(name: str, size: int = 18) -> SafeString:
    """The same, drawn by the page's sprite."""
    return _used(str(name), size)


@cache
def _used(name: str, size: int) -> SafeString:
    return format_html(
        '<svg class="icon line-art" width="{0}" height="{0}" aria-hidden="true"><use href="#i-{1}"/></svg>',
        size,
        name,
    )


@register.simple_tag
def sprite() -> SafeString:
    """Once a page that has cards."""
    return _sprite()


@cache
def _sprite() -> SafeString:
    symbols = format_html_join(
        "",
        '<symbol id="i-{}" viewBox="0 0 24 24">{}</symbol>',
        ((name, _lines(name)) for name in ON_CARDS),
    )
    return format_html('<svg hidden aria-hidden="true">{}</svg>', symbols)


@cache
def _drawn(name: str, size: int, style: str) -> SafeString:
    return format_html(
        '<svg width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" class="{1}"'
        ' aria-hidden="true">{2}</svg>',
        size,
        f"icon {style}".strip(),
        _lines(name),
    )


def _lines(name: str) -> SafeString:
    """What an icon consists of; raises KeyError when the package has none of that name."""
    drawn = re.search(r"<svg[^>]*>(.*)</svg>", _archive().read(f"{name}.svg").decode(), re.DOTALL)
    assert drawn is not None
    return mark_safe(drawn[1].strip())  # noqa: S308  from the package of icons


@cache
def _archive() -> ZipFile:
    """Opened once: the package's own tag looks through all 1,700 names for each icon, 10 ms."""
    return ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))
