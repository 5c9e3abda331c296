"""The link in a digest that stops it. It asks nobody to log in."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from generation.people import digests


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET only asks, as programs that look through mail open its links."""
    user = digests.reader_of(token)
    if user is None:
        raise Http404
    if request.method == "POST":
        digests.stop(user)
    return render(request, "account/digest.html", {"stopped": request.method == "POST"})
