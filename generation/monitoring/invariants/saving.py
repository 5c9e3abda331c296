"""What a task has made, and what went into it, is kept."""

from collections.abc import Iterator
from datetime import timedelta

from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, Q

from generation.lifecycle.transitions import State
from generation.media.stored import is_stored
from generation.models import Output, TaskImage

from .scope import Finding, Scope, each

RETRIED_WITHIN = timedelta(hours=1)
"""An unsaved result has its next try within this time: archiving backs off to ten minutes."""


def saved(scope: Scope) -> Iterator[Finding]:
    done = scope.in_state(State.COMPLETED).filter(purged_at=None)
    files = Output.objects.filter(task=OuterRef("pk"))
    unsafe = ~Q(state=Output.State.STORED) | Q(file="") | Q(sha256="") | Q(bytes=None) | Q(bytes=0)
    yield from each(done.filter(~Exists(files)), "it is completed without any file")
    yield from each(
        done.filter(Exists(files.filter(unsafe))),
        "it is completed, but a file is not stored, or has no checksum or size",
    )


def tried_again(scope: Scope) -> Iterator[Finding]:
    pending = Output.objects.filter(task=OuterRef("pk"), state=Output.State.PENDING)
    archiving = scope.in_state(State.ARCHIVING)
    yield from each(archiving.filter(~Exists(pending)), "it is being saved, but no file waits")
    soon = pending.filter(next_attempt_at__range=(scope.long_ago, scope.now + RETRIED_WITHIN))
    yield from each(
        archiving.filter(Exists(pending), ~Exists(soon)), "nobody tries to save its file"
    )
    over = scope.tasks.exclude(state=State.ARCHIVING).filter(Exists(pending))
    yield from each(over, "a file of it waits to be saved, but the task is not being saved")


def lost_with_reason(scope: Scope) -> Iterator[Finding]:
    why = Output.objects.filter(task=OuterRef("pk"), state=Output.State.LOST)
    lost = scope.in_state(State.LOST)
    yield from each(
        lost.filter(~Exists(why.exclude(last_error=""))), "it is lost, but nothing says why"
    )


def in_storage(scope: Scope) -> Iterator[Finding]:
    stored = scope.outputs().filter(state=Output.State.STORED)
    for pk, name, size in stored.values_list("task", "file", "bytes").iterator():
        try:
            found = default_storage.size(name) if name else None
        except OSError:
            found = None
        if found is None:
            yield pk, f"its file {name} is missing"
        elif found != size:
            yield pk, f"its file {name} has {found} bytes, not {size}"


def inputs_there(scope: Scope) -> Iterator[Finding]:
    given = TaskImage.objects.filter(task__in=scope.tasks, image__isnull=False)
    seen: dict[str, bool] = {}
    for pk, name, size, title in given.values_list(
        "task", "image__file", "image__bytes", "image__name"
    ).iterator():
        if name not in seen:
            seen[name] = is_stored(name, size)
        if not seen[name]:
            yield (
                pk,
                f"its input “{title}” ({name}) is missing; who uploads the same picture "
                "again mends it",
            )
