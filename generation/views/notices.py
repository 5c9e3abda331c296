"""Notices: what a member was told."""

from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from generation.models import Notice
from generation.people import access
from generation.people.inbox import read

from .http import Request

PAGE = 50


@require_GET
def notices(request: Request) -> HttpResponse:
    mine = Notice.objects.visible_to(request.user)
    if before := _number(request.GET.get("before", "")):
        mine = mine.filter(pk__lt=before)
    page = list(mine.order_by("-id")[: PAGE + 1])
    context = {
        "nav": "notices",
        "notices": page[:PAGE],
        "older": page[PAGE - 1].pk if len(page) > PAGE else None,
        "newest": mine.aggregate(newest=Max("pk"))["newest"],
    }
    return render(request, "account/notices.html", context)


@require_POST
def mark_read(request: Request) -> HttpResponse:
    """`notice` names one, which is opened with `open`; without it, all up to `until` are meant."""
    if "notice" not in request.POST:
        read(request.user, until=_number(request.POST.get("until", "")) or 0)
        return redirect("notices")
    notice = access.get_notice(request.user, _number(request.POST["notice"]))
    read(request.user, only=notice.pk)
    to = notice.link if "open" in request.POST else ""
    return redirect(to if url_has_allowed_host_and_scheme(to, None) else "notices")


def _number(text: str) -> int:
    """0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
