"""Private files, each behind its permission."""

from collections.abc import Callable
from typing import BinaryIO, cast
from uuid import UUID

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from generation.media.serving import UNSAFE, ranged_response
from generation.models import Image, Output
from viduweb.storage import REDIRECT_KEPT_FOR

from .http import Request

WEBP = "image/webp"


@require_safe
def image(request: Request, pk: UUID) -> HttpResponseBase:
    found = get_object_or_404(Image.objects.visible_to(request.user), pk=pk)
    return _serve(request, found.file, found.mime, f"{found.sha256}", found.name)


@require_safe
def image_thumbnail(request: Request, pk: UUID) -> HttpResponseBase:
    found = get_object_or_404(Image.objects.visible_to(request.user), pk=pk)
    return _serve(request, found.thumbnail, WEBP, f"{found.sha256}-t", "thumbnail.webp")


def _output(request: Request, pk: UUID) -> Output:
    stored = Output.objects.visible_to(request.user).filter(state=Output.State.STORED)
    return get_object_or_404(stored.select_related("task__owner"), pk=pk)


@require_safe
def output(request: Request, pk: UUID) -> HttpResponseBase:
    found = _output(request, pk)
    download = "download" in request.GET
    return _serve(request, found.file, found.mime, found.sha256, file_name(found), download)


@require_safe
def output_poster(request: Request, pk: UUID) -> HttpResponseBase:
    found = _output(request, pk)
    return _serve(request, found.poster, WEBP, f"{found.sha256}-p", "poster.webp")


@require_safe
def output_thumbnail(request: Request, pk: UUID) -> HttpResponseBase:
    found = _output(request, pk)
    return _serve(request, found.thumbnail, WEBP, f"{found.sha256}-t", "thumbnail.webp")


def file_name(output: Output) -> str:
    """`2026-11-20_q2-turbo_1a2b3c4d.mp4`: sortable, says the model, unique."""
    task = output.task
    model = (
        (task.spec.title if task.spec else task.model).lower().replace(" ", "-").replace(".", "-")
    )
    suffix = str(output.file.name).rsplit(".", 1)[-1]
    number = f"-{output.position + 1}" if output.position else ""
    return f"{task.created_at:%Y-%m-%d}_{model}_{str(task.pk)[:8]}{number}.{suffix}"


def _serve(
    request: Request, file: FieldFile, mime: str, etag: str, name: str, download: bool = False
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
    request: Request, sign: Callable[..., str], name: str, mime: str, disposition: str
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
