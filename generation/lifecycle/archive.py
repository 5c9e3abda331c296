"""archiving -> completed: the result is ours before the task is done."""

import logging
import time
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Any, TypeGuard, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from generation.gateway.failures import GatewayFailure
from generation.gateway.results import Phase, TaskReply
from generation.lifecycle import reply_facts
from generation.lifecycle.poll_results import RESULT_LIFETIME
from generation.lifecycle.poller import ensure_poller
from generation.lifecycle.transitions import Happened, State, change, record
from generation.logs import bound
from generation.media.download import Downloader, DownloadFailed
from generation.media.inspect import OutputFacts, inspect_output
from generation.media.sniffing import BadMedia, MediaKind
from generation.models import EventKind, Output, Reason, Task, next_revision
from generation.models.secrets import SecretUnreadable
from generation.workers.database import retry_on_db_error
from generation.workers.failpoints import failpoint
from generation.workers.gateway_clients import open_client
from generation.workers.heartbeats import send_heartbeat
from generation.workers.job_pool import Job, JobPool, Steps
from generation.workers.prepared_queries import Rows, Write
from generation.workers.wakeups import wake_archive

logger = logging.getLogger(__name__)

BUDGET = 8.0
DEADLINE = 240.0
"""Seconds a download may take, well below the queue's own timeout of 300."""
CLAIM = timedelta(seconds=60)
"""Renewed while the file is on its way: after a crash the next worker need not wait long."""

CLAIM_SURELY_HOLDS = 5.0
"""Seconds in which nobody else can have claimed the file; `_commit` asks once more."""

FILES_AT_ONCE = 4
"""Files under way in one job; decoding takes a core, waiting for the network does not."""

READ_AHEAD = 8
"""Due files that are read at once; they are claimed one by one."""

LOOK_AGAIN = 0.5
"""Seconds after which a job that waits for files looks for new ones."""

FIRST_PAUSE, LONGEST_PAUSE = 2.5, 600.0
"""Seconds before another try: doubled with each one, the first time from twice FIRST_PAUSE."""

_decoding = Lock()
"""One file at a time is decoded: frames take memory, and two workers keep two cores busy."""

MAX_BYTES = 1024**3
"""The largest result that is taken."""

GONE_ALLOWED = 8
"""How often the address may say "gone" before the file counts as lost: over ten minutes, each
time asking the gateway for a fresh one. Counted, not timed, as a clock may be set forward."""

OLD = timedelta(days=1)
TRIED_OFTEN = 50
"""A result that cannot be saved is given up OLD after its end, and after so many tries: eight
hours of them, as a clock that was set forward, or a long absence, makes any address look old."""


def archive_due() -> None:
    """Saves due results, several at once, until none is left; wakes the next job when its time is over."""
    end = time.monotonic() + BUDGET
    saving, ahead = JobPool(), list[Output]()
    help_wanted = True
    try:
        while time.monotonic() < end:
            send_heartbeat()
            _fill(saving, ahead)
            if help_wanted and len(saving) == FILES_AT_ONCE:
                help_wanted = False
                _wake_if_due()
            if not saving:
                break
            saving.resume_ready(LOOK_AGAIN)
    finally:
        # Whatever happens to us, say to the database: what is on its way is saved.
        saving.finish()
    _wake_if_due()


_due = Rows(Output.objects.due)


def _wake_if_due() -> None:
    if _due.any(timezone.now()):
        wake_archive()


def _fill(saving: JobPool, ahead: list[Output]) -> None:
    while len(saving) < FILES_AT_ONCE:
        output = _claim(ahead)
        if output is None:
            return
        context = partial(bound, task=output.task_id, key=output.task.key_label)
        saving.start(Job(_archive(output), partial(_renew, output), context))


def _claim(ahead: list[Output] | None = None) -> Output | None:
    """The next due file; `ahead` are some that were read before, and is filled up when empty."""
    ahead = [] if ahead is None else ahead
    # Other workers may have been faster with all of a batch, and there may still be more.
    while ahead or _read(ahead):
        output = ahead.pop(0)
        now, attempts = timezone.now(), output.attempts + 1
        fields = {"next_attempt_at": now + CLAIM, "attempts": attempts}
        if _take(now, output.pk, output.attempts, **fields):
            output.attempts = attempts
            return output
    return None


_first = Rows(
    lambda now: (
        Output.objects.due(now).select_related("task__key").order_by("next_attempt_at")[:READ_AHEAD]
    )
)
_take = Write(lambda now, pk, attempts: Output.objects.due(now).filter(pk=pk, attempts=attempts))


def _read(ahead: list[Output]) -> bool:
    ahead += _first(timezone.now())
    return bool(ahead)


_latest = Write(
    lambda pk, attempts: Output.objects.filter(pk=pk, state=Output.State.PENDING, attempts=attempts)
)


def _update(output: Output, **fields: Any) -> bool:
    """Writes while this attempt is the latest: everyone else's writes are void."""
    return bool(_latest(output.pk, output.attempts, **fields))


def _renew(output: Output) -> bool:
    return _update(output, next_attempt_at=timezone.now() + CLAIM)


def _archive(output: Output) -> Steps:
    part = settings.DATA_DIR / "tmp" / f"{output.pk}.{output.attempts}.part"
    claimed = time.monotonic()
    failpoint("archive-claimed")
    try:
        facts = yield partial(_fetch, output, part)
        failpoint("archive-fetched")
        if time.monotonic() - claimed > CLAIM_SURELY_HOLDS and not _renew(output):
            return
        names = yield partial(_store, output, part, facts)
        failpoint("archive-stored")
        retry_on_db_error(lambda: _commit(output, facts, names))
        failpoint("archive-committed")
    except DownloadFailed as failure:
        # Not in this thread: a gateway that hangs would keep the others from their heartbeats.
        worth_it = failure.gone and output.times_gone + 1 < GONE_ALLOWED
        reply = (yield partial(_ask, output)) if worth_it else None
        _try_later(output, str(failure), gone=failure.gone, reply=reply)
    except BadMedia as failure:
        _try_later(output, f"The file cannot be used: {failure}", gone=False)
    except OSError as failure:
        _try_later(output, f"The file cannot be stored: {failure.strerror or failure}", gone=False)
    except Exception as failure:
        logger.exception("output %s: unexpected failure while archiving", output.pk)
        _try_later(output, f"Unexpected: {type(failure).__name__}", gone=False)
    finally:
        with suppress(OSError):
            part.unlink()


@lru_cache(maxsize=1)
def _downloader() -> Downloader:
    gateway = urlsplit(settings.GATEWAY_URL)
    port = gateway.port or (443 if gateway.scheme == "https" else 80)
    return Downloader(
        allow=frozenset({(gateway.hostname or "", port)}),
        max_bytes=MAX_BYTES,
        deadline_seconds=DEADLINE,
    )


def _fetch(output: Output, part: Path) -> OutputFacts:
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    downloaded = _downloader().fetch(output.source_url, part)
    with _decoding:
        return inspect_output(part, cast(MediaKind, output.kind), sha256=downloaded.sha256)


class _Part(File):
    """A download that a storage on the same disk takes as it is, instead of copying it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def _store(output: Output, part: Path, facts: OutputFacts) -> dict[str, str]:
    """Stores file and poster; their names by field."""
    folder = f"outputs/{output.task.created_at:%Y/%m}/{output.pk}"
    poster = default_storage.save(
        f"{folder}-poster.{facts.poster_extension}", ContentFile(facts.poster)
    )
    with part.open("rb") as stream:
        file = default_storage.save(f"{folder}.{facts.extension}", _Part(stream))
    return {"file": file, "poster": poster}


def _commit(output: Output, facts: OutputFacts, names: dict[str, str]) -> None:
    with transaction.atomic():
        # Taking the revision first is what keeps the last two files of one task in order.
        revision = next_revision()
        stored = _update(
            output,
            state=Output.State.STORED,
            stored_at=timezone.now(),
            last_error="",
            mime=facts.mime,
            kind=facts.kind,
            width=facts.width,
            height=facts.height,
            duration=facts.duration,
            bytes=facts.bytes,
            sha256=facts.sha256,
            **names,
        )
        if stored:
            settle(output.task, revision)


_states = Rows(
    lambda task: Output.objects.filter(task=task).order_by().values_list("state", flat=True)
)


def settle(task: Task, revision: int | None = None) -> None:
    """Ends an archiving task once none of its files is pending: completed, or lost if one is.

    `revision` is one that the current transaction has taken already.
    """
    states = set(_states(task.pk))
    if Output.State.PENDING in states:
        return
    lost = Output.State.LOST in states
    change(
        task.pk,
        State.ARCHIVING,
        to=State.LOST if lost else State.COMPLETED,
        happened=(
            Happened(EventKind.LOST, "The result's address died before the file was safe.")
            if lost
            else Happened(EventKind.COMPLETED, "The result is saved.")
        ),
        revision=revision,
        reason=Reason.EXPIRED if lost else "",
    )


def _try_later(output: Output, error: str, *, gone: bool, reply: TaskReply | None = None) -> None:
    """Keeps the task archiving, at risk and visibly so, until the address is dead for good.

    `reply` is what the gateway says of the task now.
    """
    times_gone = output.times_gone + gone
    now = timezone.now()
    if _take_address(output, _address_in(reply, output)):
        error = f"{error}. The gateway gave a fresh address"
        output.expires_at = now + RESULT_LIFETIME
    elif gone:
        # Whatever was assumed of its life, that is over.
        output.expires_at = min(output.expires_at, now)
    too_old = now > output.expires_at + OLD and output.attempts >= TRIED_OFTEN
    dead = times_gone >= GONE_ALLOWED or too_old
    pause = timedelta(seconds=min(FIRST_PAUSE * 2 ** min(output.attempts, 10), LONGEST_PAUSE))
    happened = Happened(
        EventKind.AT_RISK,
        f"Could not save the result: {error}",
        {
            **(reply_facts.priced(reply) if _is_done(reply) else reply_facts.facts(reply)),
            **{"attempt": output.attempts, "gone": gone, "file": output.position},
        },
    )
    cost = reply_facts.cost_of(reply) if _is_done(reply) else {}
    fields: dict[str, object] = {
        "last_error": error[:300].rstrip("."),
        "times_gone": times_gone,
        "next_attempt_at": now + pause,
        "expires_at": output.expires_at,
    }
    if dead:
        fields["state"] = Output.State.LOST
    retry_on_db_error(lambda: _write_down(output, happened, fields, cost))
    if not dead:
        # The poller wakes us when the pause is over; `reconcile` alone may take a minute longer.
        ensure_poller()


def _write_down(
    output: Output, happened: Happened, fields: dict[str, object], cost: dict[str, Any]
) -> None:
    with transaction.atomic():
        revision = next_revision()
        if not _update(output, **fields):
            return
        Task.objects.filter(pk=output.task_id).update(
            revision=revision, reason=Reason.AT_RISK, **cost
        )
        record(output.task_id, State.ARCHIVING, happened)
        if fields.get("state") == Output.State.LOST:
            settle(output.task)


def _ask(output: Output) -> TaskReply | None:
    """What the gateway says of the task now: its address, perhaps freshly signed."""
    task = output.task
    if task.key is None:
        return None
    try:
        with open_client() as client:
            return client.fetch(task.remote_id, task.key.reveal())
    except (GatewayFailure, SecretUnreadable):
        return None


def _is_done(reply: TaskReply | None) -> TypeGuard[TaskReply]:
    return reply is not None and reply.phase is Phase.COMPLETED


def _address_in(reply: TaskReply | None, output: Output) -> str:
    """Where the reply says the file is; "" when it does not."""
    if reply is None or len(reply.outputs) <= output.position:
        return ""
    return reply.outputs[output.position].url


def _take_address(output: Output, address: str) -> bool:
    """Stores a fresh address; False when there is none."""
    if address in ("", output.source_url):
        return False
    return retry_on_db_error(lambda: _update(output, source_url=address))
