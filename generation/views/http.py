"""The request as our views know it."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import trigger_client_event
from django_htmx.middleware import HtmxDetails

from generation.models import Task, User


class Request(HttpRequest):
    """A request of a logged-in user."""

    htmx: HtmxDetails
    user: User


def posted(request: HttpRequest) -> tuple[Any, Any]:
    """Data and files for a form: a post without any field too, so that it is refused by field."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def number_asked(request: HttpRequest, name: str) -> int | None:
    """Of a row, in the address; None for what no row has."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def tell_made(response: HttpResponse, tasks: Iterable[Task]) -> HttpResponse:
    """Names the tasks that this answer has made, so that the page can lead to them."""
    made = {"ids": [str(task.pk) for task in tasks]}
    return trigger_client_event(response, "tasks:made", made, after="settle")


def see_made(task: Task) -> HttpResponse:
    """303: what was posted is made, and is to be got there; a client never posts it again."""
    return HttpResponseRedirect(task.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
