"""The bar of filters, most of which is the same on every page."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from generation.presenters.finding import Bar
from generation.presenters.latest import Latest

register = template.Library()

FACETS = Latest(most=128)


@register.simple_tag
def facets(bar: Bar) -> SafeString:
    """Its lists; drawn once for the same filters, unless they have what the database offers."""

    def draw() -> str:
        return render_to_string("tasks/_facet_lists.html", {"bar": bar, "filters": bar.filters})

    return SafeString(draw() if bar.offered else FACETS.get(bar.known_by, draw))
