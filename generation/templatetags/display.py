"""How amounts, sizes, times and prompts are written on pages."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from generation.catalog.money import usd
from generation.models import Image, User

register = template.Library()

# As in generation.models.subject: small letters, digits, underscores; not inside an e-mail address.
MENTION = re.compile(r"(?<![\w@.])@([a-z0-9_]{1,32})(?!\w)")


@register.filter
def money(amount: Decimal | float | str | None) -> str:
    """USD with cents, and with the fractions of a cent that a price really has; "" for None."""
    if amount in (None, ""):
        return ""
    return usd(Decimal(str(amount)))


@register.filter
def name_for(image: Image, user: User) -> str:
    """What the image's file was called, for whoever uploaded it."""
    return image.name_for(user)


@register.filter
def filesize(count: int | None) -> str:
    """Bytes in decimal units, as file managers and the gateway's limits count them."""
    if count is None:
        return ""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit != "MB" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


@register.filter
def clock(seconds: float | None) -> str:
    """A length as players show it: 0:05, 1:02:09; "" for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def elapsed(since: datetime | None) -> str:
    """Time gone by, in words; the page's script goes on counting from there."""
    return "" if since is None else span((timezone.now() - since).total_seconds())


@register.filter
def remaining(until: datetime | None) -> str:
    """Time left, in words; "0 s" once it is over."""
    return "" if until is None else span((until - timezone.now()).total_seconds())


def span(seconds: float) -> str:
    """The two largest units: 14 s, 2 min 05 s, 1 h 12 min, 3 d 4 h. Same words in clocks.js."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


@register.filter
def mentions(prompt: str) -> SafeString:
    """The prompt, escaped, with every @handle marked."""
    marked = MENTION.sub(r"<mark>@\1</mark>", escape(prompt))
    return mark_safe(marked)  # noqa: S308  escaped above; a handle has no special characters


@register.filter
def took(length: timedelta) -> str:
    """From submit to the end, in words."""
    return span(length.total_seconds())
