"""Answers requests for private media: ranges for seeking, validators for caching.

The caller has checked that the member may see the file.
"""

import re
from collections.abc import Callable
from typing import BinaryIO
from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags, quote_etag

CAP = 1024 * 1024
"""Most bytes in one 206: longer ones starve the server's threads."""

CACHED = "private, max-age=31536000, immutable"

RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)

UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+')
"""Not allowed in file names somewhere, or able to disguise an extension (text direction)."""


class Unsatisfiable(ValueError):
    """The range lies outside of the file."""


def ranged_response(
    request: HttpRequest,
    open_file: Callable[[], BinaryIO],
    size: int,
    *,
    content_type: str,
    etag: str,
    filename: str,
    as_attachment: bool = False,
    cap: int = CAP,
) -> HttpResponseBase:
    """Serve `size` bytes of `open_file()` to a GET or HEAD.

    One byte range is answered by at most `cap` bytes (RFC 9110 15.3.7 allows less than was
    asked). `etag` is strong and quoted here; it must change with the content, for the answer
    is cached for a year. `open_file` is called only when bytes are sent.
    """
    etag = quote_etag(etag)
    response: HttpResponseBase
    if _matches(request.headers.get("If-None-Match", ""), etag):
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        try:
            wanted = wanted_range(request, size, etag)
        except Unsatisfiable:
            return unsatisfiable(size)
        if request.method == "HEAD":
            response = _described(HttpResponse(), size)
        elif wanted is None:
            response = _described(FileResponse(open_file()), size)
        else:
            response = _part(open_file, wanted, size, cap)
        response["Content-Type"] = content_type
        disposition = content_disposition_header(as_attachment, _safe(filename))
        response["Content-Disposition"] = str(disposition)
    response["ETag"] = etag
    response["Cache-Control"] = CACHED
    return _guarded(response)


def handed_over(
    location: str, *, content_type: str, filename: str, as_attachment: bool = False
) -> HttpResponse:
    """Lets the proxy send the file: it looks for `location` inside, where no browser gets.

    The proxy answers ranges and validators itself.
    """
    response = HttpResponse(content_type=content_type)
    response["X-Accel-Redirect"] = location
    disposition = content_disposition_header(as_attachment, _safe(filename))
    response["Content-Disposition"] = str(disposition)
    response["Cache-Control"] = CACHED
    _guarded(response)
    return response


def inside(prefix: str, name: str) -> str:
    """The address below `prefix` of the stored file `name`. Raises ValueError for no plain name."""
    parts = name.split("/")
    if {"", ".", ".."} & set(parts) or "\\" in name or not name.isprintable():
        raise ValueError("not the name of a stored file")
    return prefix + quote(name)


def _matches(if_none_match: str, etag: str) -> bool:
    """Weak comparison, as RFC 9110 13.1.2 asks."""
    tags = parse_etags(if_none_match) if if_none_match else []
    return "*" in tags or etag in [tag.removeprefix("W/") for tag in tags]


def wanted_range(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First and last byte asked for; None for the whole file. Raises Unsatisfiable.

    Several ranges, other units and nonsense are answered by the whole file, as RFC 9110 14.2
    allows; so is a range of another version of the file (If-Range).
    """
    found = RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or not found or found.groups() == ("", ""):
        return None
    if request.headers.get("If-Range", etag).strip() != etag:
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    if start >= size:
        raise Unsatisfiable
    return start, min(int(last), size - 1) if first and last else size - 1


class Part:
    """A file that begins where it stands and ends after `size` bytes.

    It shows its descriptor, so that a server may send it without reading it, as far as the
    response's length.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()


def _part(
    open_file: Callable[[], BinaryIO], wanted: tuple[int, int], size: int, cap: int
) -> HttpResponseBase:
    start, last = wanted[0], min(wanted[1], wanted[0] + cap - 1)
    file = open_file()
    file.seek(start)
    response = FileResponse(Part(file, last - start + 1), status=206)
    response["Content-Range"] = f"bytes {start}-{last}/{size}"
    return _described(response, last - start + 1)


def _described(response: HttpResponseBase, length: int) -> HttpResponseBase:
    response["Content-Length"] = str(length)
    response["Accept-Ranges"] = "bytes"
    return response


def unsatisfiable(size: int) -> HttpResponseBase:
    """The answer to a range outside of a file of `size` bytes."""
    response = HttpResponse(status=416)
    del response["Content-Type"]
    response["Content-Range"] = f"bytes */{size}"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store"
    return _guarded(response)


def _guarded(response: HttpResponseBase) -> HttpResponseBase:
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _safe(filename: str) -> str:
    return UNSAFE.sub("_", filename).strip(" .") or "file"
