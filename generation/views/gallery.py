"""The results, on the gallery's page and beside the composer, and the filters above them."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from generation.gallery.choices import choices
from generation.gallery.counting import counts
from generation.gallery.filters import Sort
from generation.gallery.listing import page
from generation.gallery.periods import periods
from generation.gallery.reading import read
from generation.models import feed_head
from generation.presenters import finding
from generation.presenters.days import by_day
from generation.presenters.rail import stops
from generation.presenters.verdicts import MARKS

from .cards import cards
from .days import day_sums
from .http import Request


def gallery_context(request: Request) -> dict[str, Any]:
    filters = read(request.user, request.GET)
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    shown = page(request.user, filters, before=before, after=after)
    found = cards(shown.tasks, request.user, shown.liked)
    days = (
        by_day(found, day_sums(request.user, filters, shown.tasks)) if not filters.is_ranked else []
    )
    return {
        "cards": found,
        "days": days,
        "filters": filters,
        # Without scripts the lists that are long come with the page.
        "bar": finding.Bar(
            filters, request.user, choices(request.user) if "filters" in request.GET else None
        ),
        "verdicts": MARKS.values(),
        "older": shown.below,
        "newer": shown.above,
        "more_to_look_at": not shown.full,
        "whose": filters.whose,
        "live": {
            "url": _live(
                filters.values, still=bool(shown.above) or filters.sort is not Sort.NEWEST
            ),
            "cursor": feed_head(request.user).all,
            "prices": feed_head(request.user).prices,
            "pause": pause(request),
        },
    }


def _live(values: dict[str, str], *, still: bool) -> str:
    """What is new belongs on top of the first page, and on no other."""
    asked = {name: value for name, value in values.items() if name not in ("whose", "sort")}
    query = urlencode({**asked, **({"still": "1"} if still else {})})
    return f"{reverse('changes')}?{query}" if query else reverse("changes")


def pause(request: Request) -> float:
    """Seconds until the page should ask again."""
    return 1.5 if feed_head(request.user).busy else 10.0


@require_GET
def facets(request: Request) -> HttpResponse:
    """The lists of the bar, when somebody opens one."""
    filters = read(request.user, request.GET)
    counted = counts(request.user, filters)
    bar = finding.Bar(filters, request.user, choices(request.user), counted)
    return render(request, "tasks/_facets.html", {"bar": bar, "filters": filters})


@require_GET
def rail(request: Request) -> HttpResponse:
    """Days, months and years to jump to."""
    filters = read(request.user, request.GET)
    shown = [] if filters.is_ranked else stops(filters, periods(request.user, filters))
    return render(request, "tasks/_rail.html", {"stops": shown})
