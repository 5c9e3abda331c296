"""What the page of one task shows."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import render

from generation.forms.comments import CommentForm
from generation.forms.remarks import NoteForm, TagForm
from generation.gallery.commenting import page
from generation.gallery.remarks import remarks
from generation.models import Task, User
from generation.people import access
from generation.presenters.decisions import decisions
from generation.presenters.details import facts
from generation.presenters.prices import price_again
from generation.presenters.statement import statement
from generation.presenters.support import told
from generation.presenters.verdicts import MARKS

from .cards import card
from .feed import neighbours
from .http import Request


def render_task(request: Request, task: Task, *, status: int = 200, **more: Any) -> HttpResponse:
    """`task` is loaded by `for_cards`; `more` is what a form of the page says of a refused post."""
    user, shown = request.user, what_it_is(request, task)
    events = list(task.events.select_related("who"))
    newer, older = neighbours(user, task)
    context: dict[str, Any] = {
        **shown,
        "nav": "gallery",
        "statement": statement(shown["card"]),
        "events": events,
        "told": told(events) if access.is_admin(user) else [],
        "token": uuid4(),
        "again_words": shown["price_again"].words("Run again"),
        "send_words": shown["price_again"].words("Send again"),
        "newer": newer,
        "older": older,
        **more,
    }
    return render(request, "tasks/task.html", context, status=status)


def what_it_is(request: Request, task: Task) -> dict[str, Any]:
    """What the page shares with the viewer."""
    heading, rows = facts(task.spec, access.seen_params(request.user, task))
    price = price_again(task)
    return {
        "card": card(task, request.user),
        "task": task,
        "heading": heading,
        "rows": rows,
        "inputs": [given for given in task.images.all() if given.subject_id is None],
        "subjects": task.subjects.prefetch_related("images__image"),
        "outputs": task.outputs.all(),
        **said_of(request.user, task),
        **talk_of(request, task),
        "private_of_other": access.is_private_of_another(task, request.user),
        "vary_token": uuid4(),
        "price_again": price,
        "vary_words": price.words("Vary"),
        **decisions(task, request.user),
    }


def talk_of(request: Request, task: Task) -> dict[str, Any]:
    """Comments on a result, the film whose moments they name, and the form for another one."""
    films = (one for one in task.outputs.all() if one.is_stored and one.kind == "video")
    return {
        "talk": page(task, request.GET.get("comments", "")),
        "film": next(films, None),
        "comment_form": CommentForm(task),
        "can_remark": not access.is_private_of_another(task, request.user),
    }


def said_of(user: User, task: Task) -> dict[str, Any]:
    """Stars, review, tags and notes of a result, and the forms for one's own."""
    said = remarks(user, task)
    mine = said["note"]
    initial = {"text": mine.text, "visibility": mine.visibility} if mine else None
    said["verdicts"] = MARKS.values()
    return {**said, "tag_form": TagForm(), "note_form": NoteForm(initial=initial)}
