"""Share links: made and ended by members."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.sharing import ShareForm
from generation.gallery import sharing
from generation.models import Collection, Task
from generation.people import access
from generation.people.audit import audit

from .http import Request, posted


@never_cache
@require_http_methods(["GET", "POST"])
def share_task(request: Request, pk: UUID) -> HttpResponse:
    return _page(request, access.get_task_to_share(request.user, pk))


@never_cache
@require_http_methods(["GET", "POST"])
def share_collection(request: Request, pk: UUID) -> HttpResponse:
    return _page(request, access.get_collection_to_edit(request.user, pk))


def _page(request: Request, what: Task | Collection) -> HttpResponse:
    """The answer to a POST shows the link, once."""
    form: Any = ShareForm(*posted(request))
    link = ""
    if request.method == "POST" and form.is_valid():
        made, token = sharing.share(request.user, what, form.wish())
        link = request.build_absolute_uri(reverse("shared", args=[token]))
        kind = "result" if isinstance(what, Task) else "collection"
        audit(request, "share.made", f"{kind} {what.pk} until {made.expires_at:%Y-%m-%d}")
        form = ShareForm()
    name = "task" if isinstance(what, Task) else "collection"
    context = {
        "nav": "gallery",
        "form": form,
        "link": link,
        "back": reverse(name, args=[what.pk]),
        "title": what.title if isinstance(what, Collection) else what.prompt or what.model,
        "shares": access.shares_of(request.user, what),
        "here": request.path,
    }
    return render(request, "keep/share.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_share_to_end(request.user, pk)
    if sharing.revoke(found):
        audit(request, "share.ended", found.pk)
        messages.success(request, "The link is dead: whoever opens it finds nothing.")
    if found.collection_id:
        return redirect("collection-share", found.collection_id)
    return redirect("task-share", found.task_id)
