"""The bar of filters, most of which is the same on every page."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from generation.latest import Latest
from generation.presenters.finding import Bar

register = template.Library()

FACETS = Latest[str](most=128)


@register.simple_tag
def facets(bar: Bar) -> SafeString:
    """Its lists; drawn once for the same filters, unless they have what the database offers."""
    drawn = None if bar.offered else FACETS.get(bar.known_by)
    if drawn is None:
        drawn = render_to_string("tasks/_facet_lists.html", {"bar": bar, "filters": bar.filters})
        if not bar.offered:
            FACETS.put(bar.known_by, drawn)
    return SafeString(drawn)
