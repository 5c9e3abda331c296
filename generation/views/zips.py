"""Many results as one file."""

from collections.abc import Iterator, Sequence
from threading import BoundedSemaphore
from uuid import UUID, uuid4

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header, quote_etag
from django.views.decorators.http import require_POST, require_safe

from generation.gallery.downloads import note
from generation.gallery.selection import Refused
from generation.media.serving import Unsatisfiable, unsatisfiable, wanted_range
from generation.media.zipping import length, stream
from generation.models import Task
from generation.people import access

from .bulk import chosen, refused
from .http import Request
from .media import is_given
from .packing import Archive, Packing

KEPT_FOR = 24 * 3600
"""Seconds in which a download that broke can go on."""

MOST = 5_000
"""Results of one: what it holds is looked up anew whenever somebody goes on."""

CHUNK = 500
AT_ONCE = 4
_turns = BoundedSemaphore(AT_ONCE)
"""A zip takes a thread for as long as its client reads; the others are for pages."""


@require_POST
def zip_selected(request: Request) -> HttpResponseBase:
    """The zip itself; with `?later=1` the address where it is, as browsers go on with no POST."""
    try:
        selection = chosen(request, MOST)
    except Refused as reason:
        return refused(request, str(reason))
    if "later" not in request.GET:
        return _send(request, selection.pks)
    return lead_to_zip(request, selection.pks)


def lead_to_zip(request: Request, pks: Sequence[UUID]) -> HttpResponse:
    pk = uuid4()
    kept = {"user": request.user.pk, "tasks": [str(task) for task in pks]}
    cache.set(f"zip:{pk}", kept, KEPT_FOR)
    return redirect("tasks-zip-file", pk)


@require_safe
def zip_file(request: Request, pk: UUID) -> HttpResponseBase:
    kept = cache.get(f"zip:{pk}")
    if not isinstance(kept, dict) or kept.get("user") != request.user.pk:
        raise Http404
    return _send(request, [UUID(task) for task in kept["tasks"]])


def _send(request: Request, pks: Sequence[UUID]) -> HttpResponseBase:
    packing = Packing()
    for begin in range(0, len(pks), CHUNK):
        some = pks[begin : begin + CHUNK]
        tasks = Task.objects.filter(pk__in=some).select_related("owner", "long_text")
        packing.add(access.still_seen(request.user, tasks, some))
    response = send(request, packing.archive())
    if is_given(request, response):
        note(packing.given, request.user)
    return response


def send(request: HttpRequest, archive: Archive) -> HttpResponseBase:
    etag, size = quote_etag(archive.etag), length(archive.entries)
    try:
        wanted = wanted_range(request, size, etag)
    except Unsatisfiable:
        return unsatisfiable(size)
    start, last = wanted or (0, size - 1)
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse()
    elif not _turns.acquire(blocking=False):
        busy = "Others are downloading just now. Try again in a minute.\n"
        response = HttpResponse(busy, status=503, content_type="text/plain")
        response["Retry-After"] = "60"
        return response
    else:
        status = 206 if wanted else 200
        response = StreamingHttpResponse(_Turn(archive, start, last - start + 1), status=status)
    if wanted:
        response["Content-Range"] = f"bytes {start}-{last}/{size}"
    response["Content-Type"] = "application/zip"
    response["Content-Length"] = str(last - start + 1)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    filename = f"viduweb_results_{timezone.localdate():%Y-%m-%d}.zip"
    response["Content-Disposition"] = str(content_disposition_header(True, filename))
    response["X-Content-Type-Options"] = "nosniff"
    return response


class _Turn:
    """Gives its turn back when the server closes it, read to its end or not, begun or not."""

    def __init__(self, archive: Archive, start: int, left: int) -> None:
        self._pieces = self._cut(stream(archive.entries, start), left)
        self._is_over = False

    @staticmethod
    def _cut(pieces: Iterator[bytes], left: int) -> Iterator[bytes]:
        for piece in pieces:
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                return

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        if not self._is_over:
            self._is_over = True
            _turns.release()
