"""The request as our views know it."""

from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from generation.models import User


class Request(HttpRequest):
    """A request of a logged-in user."""

    htmx: HtmxDetails
    user: User


def posted(request: HttpRequest) -> tuple[Any, Any]:
    """Data and files for a form: a post without any field too, so that it is refused by field."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
