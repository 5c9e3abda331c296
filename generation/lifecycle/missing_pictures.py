"""Pictures in all sizes for results that were saved before there were any."""

import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from django.utils import timezone

from generation.lifecycle.renditions import store
from generation.media.inspect import inspect_output
from generation.media.sniffing import BadMedia, MediaKind
from generation.media.stored import on_disk
from generation.models import Counter, CounterName, Output, Task

logger = logging.getLogger(__name__)

EACH_TIME = 5.0
"""Seconds after which it stops, once a minute: a twelfth of a core at most."""

LOOKED_AT = 500
"""Tasks in one step; with pictures already they cost two queries."""

LARGEST = 256 * 1024 * 1024
"""Bytes of a result: a bucket would be asked for all of them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def make_missing() -> None:
    """Goes back in time from the newest task, and remembers where it was."""
    until, began = time.monotonic() + EACH_TIME, _began()
    while began and time.monotonic() < until and not Output.objects.due().exists():
        began = _step(began, until)
        Counter.objects.filter(name=CounterName.RENDITIONS).update(value=began)


def _began() -> int:
    now = (timezone.now() - EPOCH) // MICROSECOND
    defaults = {"value": now}
    return Counter.objects.get_or_create(name=CounterName.RENDITIONS, defaults=defaults)[0].value


def _step(began: int, until: float) -> int:
    """How far it came; 0 when nothing older is left."""
    older = Task.objects.filter(created_at__lt=EPOCH + began * MICROSECOND)
    tasks = dict(older.order_by("-created_at", "-id").values_list("pk", "created_at")[:LOOKED_AT])
    if not tasks:
        return 0
    lacking: dict[datetime, list[Output]] = {}
    for output in Output.objects.filter(
        task__in=list(tasks), state=Output.State.STORED, poster_bytes=0, bytes__lt=LARGEST
    ):
        lacking.setdefault(tasks[output.task_id], []).append(output)
    for moment in sorted(lacking, reverse=True):
        for output in lacking[moment]:
            _make(output)
        if time.monotonic() > until:
            return (moment - EPOCH) // MICROSECOND
    return (min(tasks.values()) - EPOCH) // MICROSECOND


def _make(output: Output) -> None:
    """What cannot be read any more keeps the one picture that it has."""
    try:
        with on_disk(output.file) as path:
            facts = inspect_output(path, cast(MediaKind, output.kind), sha256=output.sha256)
        stem = str(Path(str(output.file.name)).with_suffix(""))
        said = store(stem, facts, has_poster=bool(output.poster))
    except (BadMedia, OSError) as error:
        logger.info("output %s: no further pictures: %s", output.pk, error)
        return
    Output.objects.filter(pk=output.pk, poster_bytes=0).update(**said)
