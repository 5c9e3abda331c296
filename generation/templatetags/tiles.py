"""Tiles on pages: their templates are Jinja's (docs/decisions/tiles-in-jinja.md)."""

from typing import Any

from django import template
from django.template import Context, engines
from django.utils.safestring import SafeString

from generation.models import Task
from generation.presenters.cards import Card

register = template.Library()


@register.simple_tag(takes_context=True)
def tile(context: Context, card: Card, *, oob: bool = False) -> SafeString:
    """A result as a tile; with `oob` it takes the place of the one that the page has."""
    known = {"card": card, "task": card.task, "oob": oob}
    picked = card.task.pk in (context.get("picked") or ())
    return _drawn(context, "tiles/tile.html", picked=picked, **known)


@register.simple_tag(takes_context=True)
def heart(context: Context, task: Task, liked: bool, look: str = "") -> SafeString:
    return _drawn(context, "tiles/heart.html", task=task, liked=liked, look=look)


def _drawn(context: Context, name: str, **known: Any) -> SafeString:
    drawn: Any = engines["jinja2"].get_template(name)
    # Not its own `render`, which would make a token for every tile.
    return SafeString(drawn.template.render(csrf_token=context.get("csrf_token", ""), **known))
