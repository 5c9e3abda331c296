"""What guests see by a share link: nothing but its results, read-only, and for no search engine."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from generation.forms.comments import GuestCommentForm
from generation.forms.sharing import GuestForm
from generation.gallery import guest_talk, sharing
from generation.gallery.downloads import note
from generation.models import Output, Share
from generation.people.access import uuid_of
from generation.people.guest_limits import TooMuchWritten, count_comment
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
        return _guarded(_posted(request, found, token))
    return _guarded(_page(request, found, token, sharing.results(found)))


def _page(
    request: HttpRequest,
    found: Share,
    token: str,
    outputs: Sequence[Output],
    refused: Mapping[UUID, GuestCommentForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`refused` holds the form of a comment that was not kept, by its task."""
    talk: dict[UUID, dict[str, Any]] = {}
    if found.takes_comments:
        said, wrong = guest_talk.said_by_guests(found, outputs), refused or {}
        for one in outputs:
            form = wrong.get(one.task_id) or GuestCommentForm(one.task)
            talk.setdefault(one.task_id, {"comments": said.get(one.task_id, []), "form": form})
    # Each task is spoken of once, under its first result.
    shown = [(one, talk.pop(one.task_id, None)) for one in outputs]
    context = {"share": found, "outputs": shown, "token": token}
    return render(request, "keep/shared.html", context, status=status)


def _posted(request: HttpRequest, found: Share, token: str) -> HttpResponse:
    """A guest's comment on one of the results; whatever else is posted leads back to the page."""
    if "comment" not in request.POST:
        return redirect("shared", token)
    outputs = sharing.results(found)
    pk = uuid_of(request.POST["comment"])
    numbered = ((number, one) for number, one in enumerate(outputs, 1) if one.pk == pk)
    number, output = next(numbered, (0, None))
    if output is None or not found.takes_comments:
        raise Http404
    form, status = GuestCommentForm(output.task, request.POST), 422
    if form.is_valid():
        said = form.cleaned_data
        try:
            count_comment(request, str(found.pk))
            guest_talk.write_as_guest(found, output.task, said["name"], said["text"], said["at"])
            messages.success(request, "Your comment is sent.")
            return redirect(f"{reverse('shared', args=[token])}#talk-{number}")
        except TooMuchWritten as reason:
            form.add_error("text", str(reason))
            status = 429
        except guest_talk.TooManyOfGuests as reason:
            form.add_error("text", str(reason))
    response = _page(request, found, token, outputs, {output.task_id: form}, status)
    if status == 429:
        response["Retry-After"] = str(TooMuchWritten.seconds)
    return response


@login_not_required
@require_safe
def shared_file(request: HttpRequest, token: str, pk: UUID) -> HttpResponseBase:
    found = _find(token)
    if found.password and not _is_let_in(request, found):
        raise Http404
    output = sharing.result(found, pk)
    if output is None:
        raise Http404
    if "poster" in request.GET:
        response = serve(request, output.poster, "image/webp", f"{output.sha256}-p", "result.webp")
    else:
        download = "download" in request.GET
        name = _name(found, output, numbered=download)
        response = serve(request, output.file, output.mime, output.sha256, name, download)
        if download and is_given(request, response):
            note({output.task.pk: output.task.created_at}, None)
    if response.status_code != 302:
        # Not for a year, as members keep it: a link that has ended ends soon everywhere.
        response["Cache-Control"] = "private, max-age=300"
    return _guarded(response)


def _name(found: Share, output: Output, *, numbered: bool) -> str:
    """Its number among the results takes all of them to be known: for what is kept as a file."""
    pks = [one.pk for one in sharing.results(found)] if numbered else []
    number = f"-{pks.index(output.pk) + 1}" if output.pk in pks else ""
    return f"result{number}.{str(output.file.name).rsplit('.', 1)[-1]}"


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
