"""What a task sends: its parameters with images as data URIs that fit the gateway's body."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from generation.catalog import as_images
from generation.gateway.body import MAX_BODY, Verbatim, body_size
from generation.media.fitting import EncodableImage, data_uri, fit
from generation.models import Task, TaskImage
from generation.workers.prepared_queries import Rows

MARGIN = 64 * 1024
"""Bytes kept free for the commas and quotes around the images."""


_inputs = Rows(
    lambda task: (
        TaskImage.objects.filter(task=task)
        .select_related("image", "subject")
        .order_by("subject__position", "position")
    )
)


class InputMissing(Exception):
    """A stored input image cannot be read any more."""


def request_params(task: Task) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The `params` of the create request and what was done to the images to make them fit.

    Raises InputMissing, or CannotFit when even strong compression is not enough (docs/gateway.md:
    20 MB a body).
    """
    inputs = _inputs(task.pk)
    uploads = [given for given in inputs if given.image is not None]
    params = task.whole_params()
    used = body_size(task.model, params)
    fitted = fit([_encodable(given) for given in uploads], MAX_BODY - used - MARGIN)
    sent: dict[int, str] = {
        given.pk: Verbatim(data_uri(data, mime))
        for given, (data, mime) in zip(uploads, fitted.images, strict=True)
    }
    sent.update({given.pk: given.url for given in inputs if given.image is None})
    plain = [sent[given.pk] for given in inputs if given.subject_id is None]
    if plain:
        params["images"] = plain
    subjects = [_subject(subject, inputs, sent) for subject in task.subjects.all()]
    if subjects and task.spec is not None and task.spec.mentions:
        _join_images(params, subjects)
    # None can have come in with a model that takes none.
    elif subjects and (task.spec is None or task.spec.has("subjects")):
        params["subjects"] = subjects
    if (address := _callback_address(task)) and "callback_url" not in params:
        params["callback_url"] = address
    return params, fitted.notes


def _join_images(params: dict[str, Any], subjects: list[dict[str, Any]]) -> None:
    """For a model that knows images alone: theirs go after the others, and mentions name them."""
    plain = params.get("images", [])
    counts = {subject["id"]: len(subject["images"]) for subject in subjects}
    params["prompt"] = as_images(params.get("prompt", ""), counts, len(plain))
    params["images"] = [*plain, *(image for subject in subjects for image in subject["images"])]


def _callback_address(task: Task) -> str:
    takes_one = task.spec is not None and task.spec.has("callback_url")
    if not (settings.PUBLIC_URL and task.callback_token and takes_one):
        return ""
    return settings.PUBLIC_URL + reverse("callback", args=[task.callback_token])


def _encodable(given: TaskImage) -> EncodableImage:
    assert given.image is not None
    try:
        with given.image.file.open("rb") as file:
            return EncodableImage(file.read(), given.image.mime)
    except OSError as error:
        raise InputMissing(f"The stored image {given.image} cannot be read.") from error


def _subject(subject: Any, inputs: list[TaskImage], sent: dict[int, str]) -> dict[str, Any]:
    mine = [sent[given.pk] for given in inputs if given.subject_id == subject.pk]
    entry: dict[str, Any] = {"id": subject.handle, "images": mine}
    # A voice is heard only with sound; kept on the task either way.
    if subject.voice_id and subject.task.params.get("audio"):
        entry["voice_id"] = subject.voice_id
    return entry
