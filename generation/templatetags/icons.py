"""Icons as inline SVG, drawn once a process; on cards, of which a page has many, as references to a sprite."""

import re
from functools import cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

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


def _lines(name: str) -> SafeString:
    drawn = re.search(r"<svg[^>]*>(.*)</svg>", _drawn(name, 24, ""), re.DOTALL)
    assert drawn is not None
    return mark_safe(drawn[1].strip())  # noqa: S308  from the package of icons


@cache
def _drawn(name: str, size: int, style: str) -> SafeString:
    classes = f"icon {style}".strip()
    return SafeString(lucide(name, size=size, **{"class": classes, "aria_hidden": "true"}))
