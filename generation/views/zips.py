"""Many results as one file."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from threading import BoundedSemaphore
from typing import BinaryIO, cast
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
from generation.media.zipping import Entry, Moment, length, stream
from generation.models import Output, Task
from generation.people import access
from generation.presenters.zips import MISSING, NOTHING, Line, manifest, unique_names

from .bulk import chosen, refused
from .http import Request
from .media import is_given

KEPT_FOR = 24 * 3600
"""Seconds in which a download that broke can go on."""

AT_ONCE = 4
_turns = BoundedSemaphore(AT_ONCE)
"""A zip takes a thread for as long as its client reads; the others are for pages."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip that has not been read yet. `etag` changes with any byte of it."""

    entries: Sequence[Entry]
    etag: str


@require_POST
def zip_selected(request: Request) -> HttpResponseBase:
    """The zip itself; with `?later=1` the address where it is, as browsers go on with no POST."""
    try:
        selection = chosen(request)
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
    tasks = Task.objects.filter(pk__in=pks).select_related("owner", "long_text")
    found = access.still_seen(request.user, tasks, pks)
    response = send(request, archive_of(found))
    if is_given(request, response):
        note([one for one in found if any(o.is_stored for o in one.outputs.all())], request.user)
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


def _opener(output: Output) -> Callable[[], BinaryIO]:
    file = output.file
    return lambda: cast(BinaryIO, file.storage.open(str(file.name), "rb"))


def _moment(at: datetime) -> Moment:
    return (at.year, at.month, at.day, at.hour, at.minute, at.second)


def archive_of(tasks: Sequence[Task]) -> Archive:
    """What there is of `tasks`, which come with owner, outputs and long text, and their manifest.

    What the storage does not have is a line of that, no failure.
    """
    stored = [one for task in tasks for one in task.outputs.all() if one.is_stored]
    names = dict(unique_names(stored))
    entries, lines = [], []
    for task in tasks:
        outputs = [one for one in task.outputs.all() if one.is_stored]
        for output in outputs:
            try:
                size = output.file.size
            except OSError:
                lines.append(Line(task, output, note=MISSING))
                continue
            entries.append(Entry(names[output], size, _opener(output), _moment(task.created_at)))
            lines.append(Line(task, output, names[output]))
        if not outputs:
            lines.append(Line(task, note=NOTHING))
    table = manifest(lines)
    sizes = "".join(f"{entry.name}:{entry.size};" for entry in entries)
    etag = hashlib.sha256(sizes.encode() + table).hexdigest()[:40]
    return Archive([*entries, Entry("manifest.csv", len(table), lambda: BytesIO(table))], etag)
