"""Stars, the team's word, tags and notes on a result: forms of its page, and of the viewer."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from generation.forms.remarks import NoteForm, RatingForm, ReviewForm, TagForm
from generation.gallery.remarks import TooManyTags, add_tags, rate, remove_tag, write_note
from generation.gallery.reviewing import NothingToReview
from generation.gallery.reviewing import review as set_review
from generation.models import Task
from generation.people import access

from .http import Request
from .task_page import render_task, said_of


@require_POST
def rating(request: Request, pk: UUID) -> HttpResponse:
    task, form = access.get_task_to_like(request.user, pk), RatingForm(request.POST)
    if not form.is_valid():
        return _answer(request, task, "stars", rating_error=form.errors["rating"][0])
    rate(task, request.user, form.cleaned_data["rating"])
    return _answer(request, task, "stars")


@require_POST
def review(request: Request, pk: UUID) -> HttpResponse:
    task, form = access.get_task_to_like(request.user, pk), ReviewForm(request.POST)
    if not form.is_valid():
        return _answer(request, task, "review", review_error=form.errors["verdict"][0])
    try:
        set_review(task, request.user, form.cleaned_data["verdict"])
    except NothingToReview as reason:
        return _answer(request, task, "review", review_error=str(reason))
    return _answer(request, task, "review")


@require_POST
def tag(request: Request, pk: UUID) -> HttpResponse:
    """Puts tags on it (`tag`), or takes one off (`remove`)."""
    task = access.get_task_to_like(request.user, pk)
    if "remove" in request.POST:
        remove_tag(task, request.POST["remove"])
        return _answer(request, task, "tags")
    form = TagForm(request.POST)
    try:
        if form.is_valid():
            add_tags(task, request.user, form.cleaned_data["tag"])
    except TooManyTags as reason:
        form.add_error("tag", str(reason))
    if form.errors:
        return _answer(request, task, "tags", tag_form=form)
    return _answer(request, task, "tags")


@require_POST
def note(request: Request, pk: UUID) -> HttpResponse:
    task, form = access.get_task_to_like(request.user, pk), NoteForm(request.POST)
    if not form.is_valid():
        return _answer(request, task, "notes", note_form=form)
    write_note(task, request.user, **form.cleaned_data)
    return _answer(request, task, "notes")


def _answer(request: Request, task: Task, part: str, **refused: Any) -> HttpResponse:
    status = 422 if refused else 200
    if request.htmx:
        context = {"task": task, **said_of(request.user, task), **refused}
        return render(request, f"remarks/_{part}.html", context, status=status)
    if not refused:
        return redirect(task)
    whole = access.get_task(request.user, task.pk, Task.objects.for_cards())
    return render_task(request, whole, status=status, **refused)
