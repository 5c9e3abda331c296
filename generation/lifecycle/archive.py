"""archiving -> completed: the result is ours before the task is done."""

import logging
import time
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from generation.gateway.failures import GatewayFailure
from generation.media.download import Downloader, DownloadFailed
from generation.media.inspect import OutputFacts, inspect_output
from generation.media.sniffing import BadMedia, Kind
from generation.models import Output, Task, TaskEvent, next_revision
from generation.models.output import OutputQuerySet
from generation.models.secrets import SecretUnreadable
from viduweb.logs import bound

from .abreast import Abreast, Job, Steps
from .bells import ring_archive
from .clients import open_client
from .crashpoints import crash
from .follow import ensure_pump
from .transitions import Happened, State, change, record
from .vitals import beat, persist

logger = logging.getLogger(__name__)

BUDGET = 8.0
DEADLINE = 240.0
"""Seconds a download may take, well below the queue's own timeout of 300."""
CLAIM = timedelta(seconds=60)
"""Renewed while the file is on its way: after a crash the next worker need not wait long."""

AT_ONCE = 4
"""Files under way in one job; decoding takes a core, waiting for the network does not."""

LOOK_AGAIN = 0.5
"""Seconds after which a job that waits for files looks for new ones."""

FIRST_PAUSE, LONGEST_PAUSE = 2.5, 600.0
"""Seconds before another try: doubled with each one, the first time from twice FIRST_PAUSE."""

_decoding = Lock()
"""One file at a time is decoded: frames take memory, and two workers keep two cores busy."""

MAX_BYTES = 1024**3
GONE_ALLOWED = 8
"""How often the address may say "gone" before the file counts as lost: over ten minutes, each
time asking the gateway for a fresh one. Counted, not timed, as a clock may be set forward."""

OLD = timedelta(days=1)
TRIED_OFTEN = 50
"""A result that cannot be saved is given up OLD after its end, and after so many tries: eight
hours of them, as a clock that was set forward, or a long absence, makes any address look old."""


def archive_due() -> None:
    """Saves due results, several at once, until none is left; rings again when its time is over."""
    end = time.monotonic() + BUDGET
    saving = Abreast()
    help_wanted = True
    try:
        while time.monotonic() < end:
            beat()
            _fill(saving)
            if help_wanted and len(saving) == AT_ONCE:
                help_wanted = False
                _ring_if_due()
            if not saving:
                break
            saving.go_on(LOOK_AGAIN)
    finally:
        # Whatever happens to us, say to the database: what is on its way is saved.
        saving.finish()
    _ring_if_due()


def _ring_if_due() -> None:
    if Output.objects.due().exists():
        ring_archive()


def _fill(saving: Abreast) -> None:
    while len(saving) < AT_ONCE:
        output = _claim()
        if output is None:
            return
        context = partial(bound, task=output.task_id, key=output.task.key_label)
        saving.start(Job(_archive(output), partial(_renew, output), context))


def _claim() -> Output | None:
    due = Output.objects.due().order_by("next_attempt_at").values_list("pk", "attempts")
    # Other workers may have been faster with all of a batch, and there may still be more.
    while found := list(due[:8]):
        for pk, attempts in found:
            mine = Output.objects.due().filter(pk=pk, attempts=attempts)
            if mine.update(next_attempt_at=timezone.now() + CLAIM, attempts=attempts + 1):
                return Output.objects.select_related("task__key").get(pk=pk)
    return None


def _mine(output: Output) -> OutputQuerySet:
    """The output's row while this attempt is the latest: everyone else's writes are void."""
    return Output.objects.filter(pk=output.pk, state=Output.State.PENDING, attempts=output.attempts)


def _renew(output: Output) -> bool:
    return bool(_mine(output).update(next_attempt_at=timezone.now() + CLAIM))


def _archive(output: Output) -> Steps:
    part = settings.DATA_DIR / "tmp" / f"{output.pk}.{output.attempts}.part"
    crash("archive-claimed")
    try:
        facts = yield partial(_fetch, output, part)
        crash("archive-fetched")
        if not _renew(output):
            return
        names = yield partial(_store, output, part, facts)
        crash("archive-stored")
        persist(lambda: _commit(output, facts, names))
        crash("archive-committed")
    except DownloadFailed as failure:
        # Not in this thread: a gateway that hangs would keep the others from their signs of life.
        worth_it = failure.gone and _times_gone(output) + 1 < GONE_ALLOWED
        address = (yield partial(_ask_address, output)) if worth_it else ""
        _try_later(output, str(failure), gone=failure.gone, address=address)
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
    _downloader().fetch(output.source_url, part)
    with _decoding:
        return inspect_output(part, cast(Kind, output.kind))


def _store(output: Output, part: Path, facts: OutputFacts) -> dict[str, str]:
    """Stores file, poster and thumbnail; their names by field."""
    folder = f"outputs/{output.task.created_at:%Y/%m}/{output.pk}"
    poster = default_storage.save(f"{folder}-poster.webp", ContentFile(facts.poster))
    thumbnail = default_storage.save(f"{folder}-thumbnail.webp", ContentFile(facts.thumbnail))
    with part.open("rb") as stream:
        file = default_storage.save(f"{folder}.{facts.extension}", File(stream))
    return {"file": file, "poster": poster, "thumbnail": thumbnail}


def _commit(output: Output, facts: OutputFacts, names: dict[str, str]) -> None:
    with transaction.atomic():
        # Taking the revision first is what keeps the last two files of one task in order.
        next_revision()
        stored = _mine(output).update(
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
            settle(output.task)


def settle(task: Task) -> None:
    """Ends an archiving task once none of its files is pending: completed, or lost if one is."""
    outputs = Output.objects.filter(task=task)
    if outputs.filter(state=Output.State.PENDING).exists():
        return
    lost = outputs.filter(state=Output.State.LOST).exists()
    change(
        task.pk,
        State.ARCHIVING,
        to=State.LOST if lost else State.COMPLETED,
        happened=(
            Happened("lost", "The result's address died before the file was safe.")
            if lost
            else Happened("completed", "The result is saved.")
        ),
        reason="expired" if lost else "",
    )


def _try_later(output: Output, error: str, *, gone: bool, address: str = "") -> None:
    """Keeps the task archiving, at risk and visibly so, until the address is dead for good.

    `address` is the one that the gateway names now.
    """
    times_gone = _times_gone(output) + 1 if gone else 0
    if _take_address(output, address):
        error = f"{error}. The gateway gave a fresh address"
    now = timezone.now()
    too_old = now > output.expires_at + OLD and output.attempts >= TRIED_OFTEN
    dead = times_gone >= GONE_ALLOWED or too_old
    pause = timedelta(seconds=min(FIRST_PAUSE * 2 ** min(output.attempts, 10), LONGEST_PAUSE))
    happened = Happened(
        "at-risk",
        f"Could not save the result: {error}",
        {"attempt": output.attempts, "gone": gone, "file": output.position},
    )
    fields = {"last_error": error[:300], "next_attempt_at": now + pause}
    if dead:
        fields["state"] = Output.State.LOST
    persist(lambda: _write_down(output, happened, fields))
    if not dead:
        # The pump rings when the pause is over; by itself the watchdog may take a minute longer.
        ensure_pump()


def _times_gone(output: Output) -> int:
    events = TaskEvent.objects.filter(task=output.task_id, word="at-risk")
    return events.filter(detail__gone=True, detail__file=output.position).count()


def _write_down(output: Output, happened: Happened, fields: dict[str, object]) -> None:
    with transaction.atomic():
        revision = next_revision()
        if not _mine(output).update(**fields):
            return
        Task.objects.filter(pk=output.task_id).update(revision=revision, reason="at-risk")
        record(output.task_id, State.ARCHIVING, happened)
        if fields.get("state") == Output.State.LOST:
            settle(output.task)


def _ask_address(output: Output) -> str:
    """The result's address as the gateway gives it now, perhaps freshly signed; "" without one."""
    task = output.task
    if task.key is None:
        return ""
    try:
        with open_client() as client:
            reply = client.fetch(task.remote_id, task.key.reveal())
    except (GatewayFailure, SecretUnreadable):
        return ""
    return reply.outputs[output.position].url if len(reply.outputs) > output.position else ""


def _take_address(output: Output, address: str) -> bool:
    """Stores a fresh address; False when there is none."""
    if address in ("", output.source_url):
        return False
    return persist(lambda: bool(_mine(output).update(source_url=address)))
