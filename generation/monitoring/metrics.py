"""What the engine page and the metrics tell: the same figures, asked for once, in few queries."""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone
from django_q.brokers import get_broker

from generation.lifecycle.task_counts import tasks_by_state
from generation.models import Output, Task, TaskEvent
from generation.workers.clusters import CLUSTERS
from generation.workers.heartbeats import ALIVE_FOR, heartbeats
from generation.workers.poll_counter import polls_by_minute

logger = logging.getLogger(__name__)

LOOK_BACK = timedelta(hours=1)
MINUTES = 30


@dataclass(frozen=True, slots=True)
class Cluster:
    """One worker cluster of the machine `host`; `seen` is its last sign of life.

    None for never: then no machine is known that runs it.
    """

    name: str
    host: str
    seen: datetime | None
    alive: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """How often a thing went wrong with a key's tasks in the last hour."""

    key: str
    kind: str
    times: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """`overdue` is how many seconds the most forgotten poll is late, `polls` those of each of the
    last full minutes, `queued` waiting messages by cluster (None when the broker does not answer).
    """

    at: datetime
    states: Mapping[str, int]
    overdue: float
    polls: list[int]
    queued: Mapping[str, int | None]
    clusters: list[Cluster]
    trouble: list[Trouble]
    held: int
    unsaved: int
    at_risk: int
    disk_free: int


def collect_metrics() -> Metrics:
    now = timezone.now()
    pending = Output.objects.filter(state=Output.State.PENDING)
    return Metrics(
        at=now,
        states=tasks_by_state(),
        overdue=_overdue(now),
        polls=polls_by_minute(MINUTES),
        queued={name: _queued(name) for name in CLUSTERS},
        clusters=_clusters(now),
        trouble=_trouble(now),
        held=Task.objects.held().count(),
        unsaved=pending.count(),
        at_risk=pending.exclude(last_error="").count(),
        disk_free=shutil.disk_usage(settings.DATA_DIR).free,
    )


def _overdue(now: datetime) -> float:
    processing = Task.objects.filter(state=Task.State.PROCESSING)
    oldest = processing.aggregate(oldest=Min("next_poll_at"))["oldest"]
    return max((now - oldest).total_seconds(), 0.0) if oldest else 0.0


def _queued(cluster: str) -> int | None:
    try:
        return int(get_broker(cluster).queue_size())
    except Exception:  # whatever the broker's client raises
        logger.warning("the queue of %s cannot be measured", cluster, exc_info=True)
        return None


def _clusters(now: datetime) -> list[Cluster]:
    found = [
        Cluster(sign.cluster, sign.host, sign.until - ALIVE_FOR, alive=sign.until > now)
        for sign in heartbeats()
    ]
    seen = {cluster.name for cluster in found}
    never = [Cluster(name, "", None, alive=False) for name in CLUSTERS if name not in seen]
    return found + never


def _trouble(now: datetime) -> list[Trouble]:
    rows = (
        TaskEvent.objects.trouble_since(now - LOOK_BACK)
        .order_by()
        .values_list("task__key_label", "kind")
        .annotate(n=Count("*"))
    )
    return sorted(
        (Trouble(key, kind, times) for key, kind, times in rows), key=lambda t: (t.key, -t.times)
    )
