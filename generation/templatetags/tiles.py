"""Tiles on pages: their templates are Jinja's (docs/decisions/tiles-in-jinja.md)."""

from secrets import token_hex
from typing import Any
from uuid import uuid4

from django import template
from django.template import Context, engines
from django.utils.safestring import SafeString

from generation.models import Task
from generation.presenters.cards import Card
from generation.presenters.drawings import drawing

register = template.Library()

# Stand in a drawing for what is another one on every page. No text of a member's can hold them.
CSRF, SUBMISSION = f"csrf-{token_hex(16)}", f"submission-{token_hex(16)}"


@register.simple_tag(takes_context=True)
def tile(context: Context, card: Card, *, oob: bool = False) -> SafeString:
    """A result as a tile; with `oob` it takes the place of the one that the page has."""
    picked = card.task.pk in (context.get("picked") or ())

    def draw() -> str:
        known = {"card": card, "task": card.task, "picked": picked, "oob": oob}
        return _drawn("tiles/tile.html", csrf_token=CSRF, submission=SUBMISSION, **known)

    drawn = drawing(card, (picked, oob), draw)
    drawn = drawn.replace(CSRF, str(context.get("csrf_token", "")))
    return SafeString(drawn.replace(SUBMISSION, str(uuid4())))


@register.simple_tag(takes_context=True)
def heart(context: Context, task: Task, liked: bool, look: str = "") -> SafeString:
    token = context.get("csrf_token", "")
    return SafeString(
        _drawn("tiles/heart.html", csrf_token=token, task=task, liked=liked, look=look)
    )


def _drawn(name: str, **known: Any) -> str:
    drawn: Any = engines["jinja2"].get_template(name)
    # Not its own `render`, which would make a token for every tile.
    return str(drawn.template.render(**known))
