"""Where the gateway calls back. Open to everyone, so it believes nobody and answers briefly."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from generation.lifecycle import callbacks
from generation.people.client_address import client_address

from .limits import PerMinute

MAX_BODY = 64 * 1024
PER_ADDRESS = 1200
PER_TOKEN = 20
"""Calls a minute that one web process listens to; a status changes three or four times in all."""

calls = PerMinute()


@csrf_exempt
@login_not_required
@never_cache
@require_POST
def callback(request: HttpRequest, token: str) -> HttpResponse:
    """204 whatever the body says; 404 for a token that no task has."""
    if not calls.allows(f"address {client_address(request)}", PER_ADDRESS):
        return _refused(429)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
        return _refused(413)
    try:
        body = request.body
    except (RequestDataTooBig, UnreadablePostError):
        return _refused(400)
    task = callbacks.task_behind(token)
    if task is None:
        return _refused(404)
    if not calls.allows(f"task {task.pk}", PER_TOKEN):
        return _refused(429)
    callbacks.hear(task, body)
    return HttpResponse(status=204)


def _refused(status: int) -> HttpResponse:
    """Without a page: no work, and nothing to learn from it."""
    headers = {"Retry-After": "60"} if status == 429 else None
    return HttpResponse(status=status, content_type="text/plain", headers=headers)
