"""What the templates of tiles know: see docs/decisions/tiles-in-jinja.md."""

import re
from typing import Any

from django.utils.timezone import localtime
from jinja2 import Environment, StrictUndefined
from jinja2.ext import Extension

from generation.presenters.addresses import address
from generation.templatetags import display, icons


class Tight(Extension):
    """Takes out the line breaks between parts, each of which would be a node of the page."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return re.sub(r"(>|%\}|#\})[ ]*\n\s*(?=<|\{[%#])", r"\1", source)


def environment(**options: Any) -> Environment:
    """A name that is not there is an error, as `undefined` would otherwise be nothing."""
    made = Environment(  # noqa: S701  Django passes autoescape=True
        **{
            **options,
            "undefined": StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
            "extensions": [Tight],
        }
    )
    made.globals.update(icon=icons.icon, use=icons.use, address=address)
    made.filters.update(
        mentions=display.mentions,
        remaining=display.remaining,
        moment=lambda at: localtime(at).isoformat(),
        place=lambda at: f"{at:%Y%m%d%H%M%S%f}",
        day=lambda at: localtime(at).date().isoformat(),
    )
    return made
