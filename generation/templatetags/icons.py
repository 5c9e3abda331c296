"""Icons as inline SVG, drawn once a process: a page of cards has hundreds of the same."""

from functools import cache

from django import template
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 18, style: str = "") -> SafeString:
    """The icon of that name, hidden from screen readers; `style` adds class names."""
    return _drawn(str(name), size, style)


@cache
def _drawn(name: str, size: int, style: str) -> SafeString:
    classes = f"icon {style}".strip()
    return SafeString(lucide(name, size=size, **{"class": classes, "aria_hidden": "true"}))
