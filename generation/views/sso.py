"""Single sign-on: to the issuer, and back."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from generation.people import single_sign_on


@login_not_required
@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """By a link: the browser follows the issuer on to hosts that a form's policy would not let it."""
    if not single_sign_on.is_on():
        raise Http404
    # No other site begins a login here in somebody's name.
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return redirect("login")
    inside = request.user.is_authenticated
    if inside and "confirm" not in request.GET:
        return redirect("studio")
    # Only now: without single sign-on nobody pays for its HTTP client.
    from generation.people import issuer

    state = single_sign_on.state_for(
        request.GET.get("next", "")[:500],
        confirming=inside,
        invitation=request.GET.get("invitation", "")[:200],
    )
    return issuer.ask(request, state)


@login_not_required
@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    if not single_sign_on.is_on():
        raise Http404
    from generation.people import issuer

    return issuer.receive(request)
