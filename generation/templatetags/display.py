"""How amounts, sizes, times and prompts are written on pages."""

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from django import template
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from generation.catalog import ImageLimits
from generation.catalog.money import usd
from generation.media.images import BadImage, check_shape, needs_cropping
from generation.media.wording import sentences_for, size_text
from generation.models import Image, Output, Task, User
from generation.presenters import pictures, private, timecodes
from generation.presenters.times import words_of
from generation.presenters.wording import clause, plain

register = template.Library()

# As in generation.models.subject: small letters, digits, underscores; not inside an e-mail address.
MENTION = re.compile(r"(?<![\w@.])@([a-z0-9_]{1,32})(?!\w)")


@register.filter
def money(amount: Decimal | float | str | None) -> str:
    if amount in (None, ""):
        return ""
    return usd(Decimal(str(amount)))


@register.filter
def name_for(image: Image, user: User) -> str:
    return image.name_for(user)


@register.filter
def address_name(url: str) -> str:
    """How a person calls what is at an address: its last part, else its host."""
    parts = urlsplit(url)
    return parts.path.rstrip("/").rpartition("/")[2] or parts.netloc


@register.filter
def small_picture(output: Output) -> pictures.Picture:
    return pictures.picture(output)


@register.filter
def whole_picture(output: Output) -> pictures.Picture:
    return pictures.picture(output, whole=True)


@register.filter
def large_picture(output: Output) -> str:
    return pictures.largest(output)


@register.filter
def said_to(task: Task, user: User) -> str:
    return private.said_to(user, task)


@register.filter
def filesize(count: int | None) -> str:
    return "" if count is None else size_text(count)


@register.filter
def must_be_cropped(image: Image, limits: ImageLimits | None) -> str:
    """Why, in the sentence that a form would refuse it with."""
    wanted = limits or ImageLimits()
    if not needs_cropping(image.width, image.height, wanted):
        return ""
    try:
        check_shape(image.width, image.height, wanted)
    except BadImage as bad:
        return str(bad)
    return ""


@register.filter
def image_sentences(limits: ImageLimits | None) -> str:
    return json.dumps(sentences_for(limits or ImageLimits()), ensure_ascii=False)


@register.filter
def clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.simple_tag
def moment(at: datetime | None, how: str = "short") -> SafeString | str:
    """A `<time>` in the member's zone; the page's script writes it in the browser's own way.

    `how` is short (only the time of day today), full, or seconds.
    """
    if at is None:
        return ""
    iso, text = timezone.localtime(at).isoformat(timespec="seconds"), words_of(at, how)
    return format_html(
        '<time datetime="{}" data-local="{}" title="{}">{}</time>',
        iso,
        how,
        words_of(at, "full"),
        text,
    )


@register.filter
def elapsed(since: datetime | None) -> str:
    return "" if since is None else span((timezone.now() - since).total_seconds())


@register.filter
def remaining(until: datetime | None) -> str:
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
    marked = MENTION.sub(r"<mark>@\1</mark>", escape(prompt))
    return mark_safe(marked)  # noqa: S308  escaped above; a handle has no special characters


@register.filter
def timecode(seconds: float) -> str:
    return timecodes.timecode(seconds)


@register.filter
def took(length: timedelta) -> str:
    return span(length.total_seconds())


@register.filter
def plainly(text: str) -> str:
    return plain(text)


@register.filter
def clausely(text: str) -> str:
    return clause(text)
