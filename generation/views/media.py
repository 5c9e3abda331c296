"""Private files, each behind its permission."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from generation.gallery.downloads import note
from generation.media.serving import UNSAFE, handed_over, inside, ranged_response
from generation.media.storage import REDIRECT_KEPT_FOR
from generation.models import Image, Output
from generation.models.output import POSTERS
from generation.people import access
from generation.people.audit import opened
from generation.presenters.files import file_name
from generation.presenters.pictures import digest_of

from .http import Request

MIMES = {".jpg": "image/jpeg", ".webp": "image/webp"}
"""Of the small pictures that we make ourselves, by the end of their names."""


def _image(request: Request, pk: UUID) -> Image:
    found = access.get_image(request.user, pk)
    opened(request, found)
    return found


@require_safe
def image(request: Request, pk: UUID) -> HttpResponseBase:
    found = _image(request, pk)
    name = found.name_for(request.user) or f"image.{str(found.file.name).rsplit('.', 1)[-1]}"
    return serve(request, found.file, found.mime, f"{found.sha256}", name)


@require_safe
def image_thumbnail(request: Request, pk: UUID) -> HttpResponseBase:
    found = _image(request, pk)
    return _serve_small(request, found.thumbnail, f"{found.sha256}-t", "thumbnail")


def _output(request: Request, pk: UUID, act: str = "opened") -> Output:
    found = access.get_output(request.user, pk)
    opened(request, found, act)
    return found


@require_safe
def output(request: Request, pk: UUID) -> HttpResponseBase:
    download = "download" in request.GET
    found = _output(request, pk, "downloaded" if download else "opened")
    response = serve(request, found.file, found.mime, found.sha256, file_name(found), download)
    if download and is_given(request, response):
        note({found.task.pk: found.task.created_at}, request.user)
    return response


def is_given(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether somebody gets the file, or a part of it, from here or from the bucket."""
    return request.method != "HEAD" and response.status_code in (200, 206, 302)


@require_safe
def output_poster(request: Request, pk: UUID) -> HttpResponseBase:
    found = _output(request, pk)
    return _serve_small(request, found.poster, f"{found.sha256}-p", "poster")


@require_safe
def output_picture(request: Request, pk: UUID, side: int, digest: str) -> HttpResponseBase:
    """The address changes with the content: a wrong digest is not found."""
    found = _output(request, pk)
    if side not in found.sides or digest != digest_of(found):
        raise Http404
    file = getattr(found, POSTERS[side])
    return _serve_small(request, file, f"{found.sha256}-{side}", f"picture-{side}")


@require_safe
def person_picture(request: Request, public_id: UUID) -> HttpResponseBase:
    """For everybody who is logged in."""
    found = access.get_pictured(public_id)
    return _serve_small(request, found.picture, Path(str(found.picture)).stem, "picture")


def _serve_small(request: Request, file: FieldFile, etag: str, name: str) -> HttpResponseBase:
    end = Path(file.name or "").suffix
    return serve(request, file, MIMES.get(end, MIMES[".webp"]), f"{etag}{end}", f"{name}{end}")


def serve(
    request: HttpRequest, file: FieldFile, mime: str, etag: str, name: str, download: bool = False
) -> HttpResponseBase:
    if not file:
        raise Http404
    sign = getattr(file.storage, "signed_url", None)
    if sign is not None:
        safe_name = UNSAFE.sub("_", name).strip(" .") or "file"
        disposition = str(content_disposition_header(download, safe_name))
        return _sent_to_bucket(request, sign, str(file.name), mime, disposition)
    try:
        size = file.size
    except OSError:
        raise Http404 from None
    if settings.X_ACCEL_REDIRECT:
        try:
            location = inside(settings.X_ACCEL_REDIRECT, str(file.name))
        except ValueError:
            raise Http404 from None
        return handed_over(location, content_type=mime, filename=name, as_attachment=download)
    return ranged_response(
        request,
        lambda: cast(BinaryIO, file.storage.open(str(file.name), "rb")),
        size,
        content_type=mime,
        etag=etag,
        filename=name,
        as_attachment=download,
    )


def _sent_to_bucket(
    request: HttpRequest, sign: Callable[..., str], name: str, mime: str, disposition: str
) -> HttpResponseBase:
    """A short-lived signed address, made without asking the bucket.

    A page of fifty cards costs the bucket nothing until a picture is really fetched; a file that
    is missing there is not found there.
    """
    address = sign(name, content_type=mime, disposition=disposition, method=str(request.method))
    response = HttpResponseRedirect(address)
    # Not longer than the address lives; Vary: Cookie keeps it from the browser's next member.
    response["Cache-Control"] = f"private, max-age={REDIRECT_KEPT_FOR}"
    return response
