"""Comments on a result: on its page, in the viewer, and one of one's own to change."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generation.forms.comments import CommentForm
from generation.gallery.commenting import Told, TooManyComments, page, rewrite, write
from generation.gallery.mentionable import mentionable
from generation.models import Task
from generation.people import access
from generation.people.audit import audit, opened
from generation.presenters.timecodes import timecode

from .http import Request, posted
from .task_page import render_task, talk_of


@require_http_methods(["GET", "POST"])
def comments(request: Request, pk: UUID) -> HttpResponse:
    """POST: one more. GET: what there is, 204 when the page, which says what it has `seen`, shows it."""
    if request.method == "POST":
        return _write(request, pk)
    task = access.get_task(request.user, pk)
    opened(request, task)
    shown = page(task)
    if request.GET.get("seen") == shown.seen:
        return HttpResponse(status=204)
    return _part(request, task, "remarks/_comment_list.html", oob=True)


def _write(request: Request, pk: UUID) -> HttpResponse:
    task = access.get_task_to_like(request.user, pk)
    form = CommentForm(task, request.POST)
    try:
        if form.is_valid():
            _warn(
                request,
                write(task, request.user, form.cleaned_data["text"], form.cleaned_data["at"]),
            )
    except TooManyComments as reason:
        form.add_error("text", str(reason))
    if form.errors:
        return _refused(request, task, form)
    if request.htmx:
        return _part(request, task, "remarks/_comments.html")
    return redirect(f"{task.get_absolute_url()}#comments")


def _refused(request: Request, task: Task, form: CommentForm) -> HttpResponse:
    if request.htmx:
        return _part(request, task, "remarks/_comments.html", status=422, comment_form=form)
    whole = access.get_task(request.user, task.pk, Task.objects.for_cards())
    return render_task(request, whole, status=422, comment_form=form)


def _part(
    request: Request, task: Task, template: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"task": task, **talk_of(request, task), **more}
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _warn(request: Request, told: Told) -> None:
    if told.warning:
        messages.warning(request, told.warning)


@require_GET
def members(request: Request, pk: UUID) -> HttpResponse:
    """Whom what stands behind an @ may mean (`q`), while it is typed."""
    task = access.get_task_to_like(request.user, pk)
    typed = request.GET.get("q", "").replace("\0", "")[:150]
    found = mentionable(request.user, task, typed)
    response = render(request, "remarks/_names.html", {"members": found})
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
def comment(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_comment_to_edit(request.user, pk)
    data, _ = posted(request)
    at = "" if found.second is None else timecode(found.second)
    form = CommentForm(found.task, data, initial={"text": found.text, "at": at})
    if request.method == "POST" and form.is_valid():
        _warn(
            request,
            rewrite(found, request.user, form.cleaned_data["text"], form.cleaned_data["at"]),
        )
        return redirect(f"{found.task.get_absolute_url()}#comments")
    context = {"nav": "gallery", "comment": found, "task": found.task, "form": form}
    return render(request, "remarks/comment.html", context, status=422 if form.errors else 200)


@require_POST
def delete(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_comment_to_delete(request.user, pk)
    found.delete()
    if found.member_id != request.user.pk:
        who = found.member.username if found.member else "a guest"
        audit(request, "comment.deleted", f"{who} on {found.task_id}")
    if request.htmx:
        return _part(request, found.task, "remarks/_comments.html")
    return redirect(f"{found.task.get_absolute_url()}#comments")
