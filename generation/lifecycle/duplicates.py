"""The same asked for once more while it is being made, or has just been: then a person is asked."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from generation.models import Image, Task, User

LATELY = timedelta(minutes=10)

CAME_TO_NOTHING = (Task.State.FAILED, Task.State.CANCELED, Task.State.LOST)
"""Whoever asks for the same after these has good reason."""


class AlreadyMade(Exception):
    """`task` is the same, running or made lately; the text says so."""

    def __init__(self, task: Task) -> None:
        self.task = task
        being = "is being made" if task.finished_at is None else "was made a moment ago"
        super().__init__(f"This {being} already. Open it, or run it anyway and pay once more.")


def fingerprint(
    model: str,
    params: Mapping[str, Any],
    images: Iterable[tuple[Image | None, str]],
    subjects: Iterable[tuple[str, str, Iterable[tuple[Image | None, str]]]],
) -> str:
    """The same for what would make the same: model, parameters, pictures by their content or
    address, and subjects by handle, voice and pictures.
    """
    asked = [
        model,
        dict(params),
        _contents(images),
        [[handle, voice, _contents(pictures)] for handle, voice, pictures in subjects],
    ]
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _contents(images: Iterable[tuple[Image | None, str]]) -> list[str]:
    return [image.sha256 if image else url for image, url in images]


def ask_first(owner: User, fingerprints: Collection[str], again_of: Task | None = None) -> None:
    """Raises AlreadyMade for the newest task alike that runs or was made lately.

    With `again_of` a person wants that one made again: then only repeats of it are alike.
    Call inside atomic(), after next_revision(): under its lock nobody submits meanwhile.
    """
    alike = Task.objects.alike(owner, fingerprints).exclude(state__in=CAME_TO_NOTHING)
    if again_of is not None:
        alike = alike.filter(again_of=again_of)
    lately = Q(finished_at=None) | Q(created_at__gt=timezone.now() - LATELY)
    found = alike.filter(lately).order_by("-created_at").first()
    if found is not None:
        raise AlreadyMade(found)
