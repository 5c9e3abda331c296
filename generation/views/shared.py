"""What guests see by a share link: nothing but its results, read-only, and for no search engine."""

from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from generation.forms.sharing import GuestForm
from generation.gallery import sharing
from generation.gallery.downloads import note
from generation.models import Share
from generation.people.login_limits import TooManyGuesses, guess_at_share

from .media import is_given, serve

Answer = TypeVar("Answer", bound=HttpResponseBase)
LET_IN_FOR = 12 * 3600
SALT = "share"


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def shared(request: HttpRequest, token: str) -> HttpResponse:
    found = _find(token)
    if found.password and not _is_let_in(request, found):
        return _guarded(_door(request, found, token))
    if request.method == "POST":
        return _guarded(redirect("shared", token))
    outputs = sharing.results(found)
    context = {"share": found, "outputs": outputs, "token": token}
    return _guarded(render(request, "keep/shared.html", context))


@login_not_required
@require_safe
def shared_file(request: HttpRequest, token: str, pk: UUID) -> HttpResponseBase:
    found = _find(token)
    if found.password and not _is_let_in(request, found):
        raise Http404
    numbered = enumerate(sharing.results(found), 1)
    number, output = next(((n, one) for n, one in numbered if one.pk == pk), (0, None))
    if output is None:
        raise Http404
    end = str(output.file.name).rsplit(".", 1)[-1]
    if "poster" in request.GET:
        response = serve(
            request, output.poster, "image/webp", f"{output.sha256}-p", f"result-{number}.webp"
        )
    else:
        download, name = "download" in request.GET, f"result-{number}.{end}"
        response = serve(request, output.file, output.mime, output.sha256, name, download)
        if download and is_given(request, response):
            note([output.task], None)
    if response.status_code != 302:
        # Not for a year, as members keep it: a link that has ended ends soon everywhere.
        response["Cache-Control"] = "private, max-age=300"
    return _guarded(response)


def _find(token: str) -> Share:
    found = sharing.find(token)
    if found is None:
        raise Http404
    return found


def _is_let_in(request: HttpRequest, found: Share) -> bool:
    kept = request.get_signed_cookie(_cookie(found), "", salt=SALT, max_age=LET_IN_FOR)
    return kept == sharing.key_of(found)


def _cookie(found: Share) -> str:
    return f"share-{found.pk.hex}"


def _door(request: HttpRequest, found: Share, token: str) -> HttpResponse:
    form = GuestForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            guess = guess_at_share(request, str(found.pk))
        except TooManyGuesses as pause:
            form.add_error("password", str(pause))
            response = render(request, "keep/shared_door.html", {"form": form}, status=429)
            response["Retry-After"] = str(pause.seconds)
            return response
        if sharing.is_right(found, form.cleaned_data["password"]):
            guess.was_right()
            return _let_in(found, token)
        form.add_error("password", "That is not the password.")
    if form.errors:
        status = 422
    return render(request, "keep/shared_door.html", {"form": form}, status=status)


def _let_in(found: Share, token: str) -> HttpResponse:
    response = redirect("shared", token)
    response.set_signed_cookie(
        _cookie(found),
        sharing.key_of(found),
        salt=SALT,
        max_age=LET_IN_FOR,
        path="/share/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _guarded(response: Answer) -> Answer:
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    # Not "no-referrer": browsers would then post the password from nowhere, which CSRF refuses.
    response["Referrer-Policy"] = "same-origin"
    return response
