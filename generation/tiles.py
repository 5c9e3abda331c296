"""What the templates of tiles know: see docs/decisions/tiles-in-jinja.md."""

from typing import Any

from django.utils.timezone import localtime
from jinja2 import Environment, StrictUndefined

from generation.presenters.addresses import address
from generation.templatetags import display, icons


def environment(**options: Any) -> Environment:
    """A name that is not there is an error, as `undefined` would otherwise be nothing."""
    made = Environment(  # noqa: S701  Django passes autoescape=True
        **{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
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
