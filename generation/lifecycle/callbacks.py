"""What the gateway's callbacks mean: a hint to look now, never news (docs/gateway.md).

Nobody signs them in a way we could check, so whoever knows a task's address can only make us ask
the gateway a little earlier. A task without any callback does just as well by polling.
"""

import json
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from generation.gateway.values import remote_id
from generation.lifecycle.actions import NotThisTask, adopt
from generation.lifecycle.poller import ensure_poller
from generation.lifecycle.transitions import State
from generation.logs import bound
from generation.models import Reason, Task
from generation.workers.wakeups import wake

logger = logging.getLogger(__name__)

NAMES = ("id", "task_id")
"""Where a body may name the task (docs/gateway.md)."""


def task_behind(token: str) -> Task | None:
    return Task.objects.filter(callback_token=token).first() if token else None


def hear(task: Task, body: bytes) -> None:
    """Acts on one callback; hearing it again changes nothing."""
    if task.state == State.PROCESSING:
        _look_now(task)
    elif task.state == State.UNCERTAIN:
        named = [task.remote_id] if task.remote_id else ids_in(body)
        if named:
            # Asking the gateway takes its time, which is a worker's to spend.
            wake("generation.jobs.callback", str(task.pk), *named)


def _look_now(task: Task) -> None:
    now = timezone.now()
    waiting = Task.objects.filter(pk=task.pk, state=State.PROCESSING, next_poll_at__gt=now)
    # While the gateway refuses the key, looking sooner helps nobody.
    waiting.exclude(reason=Reason.KEY).update(next_poll_at=now)
    ensure_poller()


def ids_in(body: bytes) -> list[str]:
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(said, dict):
        return []
    found = (remote_id(said.get(name)) for name in NAMES)
    return list(dict.fromkeys(filter(None, found)))


def settle(task_id: UUID, remote_ids: Sequence[str]) -> None:
    """Follows an uncertain task again under the first of these ids that the gateway confirms."""
    task = Task.objects.select_related("key").filter(pk=task_id, state=State.UNCERTAIN).first()
    if task is None:
        return
    with bound(task=task.pk, key=task.key_label):
        for named in remote_ids:
            try:
                adopt(task, named, "The gateway called back about it.")
            except NotThisTask as reason:
                logger.warning("a callback does not settle the task: %s", reason)
            else:
                return
