"""archiving -> completed: the result is ours before the task is done."""

import logging
import time
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from generation.gateway.failures import GatewayFailure
from generation.gateway.results import TaskReply
from generation.lifecycle import archive_results, output_claims
from generation.lifecycle.key_rotation import secret_of
from generation.lifecycle.renditions import store
from generation.logs import bound
from generation.media.download import Downloader, DownloadFailed
from generation.media.inspect import OutputFacts, inspect_output
from generation.media.sniffing import BadMedia, MediaKind
from generation.models import Output
from generation.models.secrets import SecretUnreadable
from generation.workers.database import retry_on_db_error
from generation.workers.failpoints import failpoint
from generation.workers.gateway_clients import open_client
from generation.workers.job_loop import run_jobs
from generation.workers.job_pool import Job, Steps
from generation.workers.wakeups import wake_archive

logger = logging.getLogger(__name__)

FILES_AT_ONCE = 4
"""Files under way in one job; decoding takes a core, waiting for the network does not."""

DEADLINE = 240.0
"""Seconds a download may take, well below the queue's own timeout of 300."""

_decoding = Lock()
"""One file at a time is decoded: frames take memory, and two workers keep two cores busy."""

MAX_BYTES = 1024**3
"""The largest result that is taken."""


def archive_due() -> None:
    """Saves due results, several at once, until none is left; wakes the next job when its time is over."""
    ahead: list[Output] = []
    run_jobs(lambda _: _next_job(ahead), _wake_if_due, at_once=FILES_AT_ONCE)


def _wake_if_due() -> None:
    if output_claims.any_due():
        wake_archive()


def _next_job(ahead: list[Output]) -> Job | None:
    output = output_claims.claim(ahead)
    if output is None:
        return None
    context = partial(bound, task=output.task_id, key=output.task.key_label)
    return Job(_archive(output), partial(output_claims.renew, output), context)


def _archive(output: Output) -> Steps:
    part = settings.DATA_DIR / "tmp" / f"{output.pk}.{output.attempts}.part"
    claimed = time.monotonic()
    failpoint("archive-claimed")
    try:
        facts = yield partial(_fetch, output, part)
        failpoint("archive-fetched")
        if time.monotonic() - claimed > output_claims.CLAIM_SURELY_HOLDS and (
            not output_claims.renew(output)
        ):
            return
        names = yield partial(_store, output, part, facts)
        failpoint("archive-stored")
        retry_on_db_error(lambda: archive_results.stored(output, facts, names))
        failpoint("archive-committed")
    except DownloadFailed as failure:
        # Not in this thread: a gateway that hangs would keep the others from their heartbeats.
        worth_it = failure.gone and output.times_gone + 1 < archive_results.GONE_ALLOWED
        reply = (yield partial(_ask, output)) if worth_it else None
        archive_results.try_later(output, str(failure), gone=failure.gone, reply=reply)
    except BadMedia as failure:
        archive_results.try_later(output, f"The file cannot be used: {failure}", gone=False)
    except OSError as failure:
        archive_results.try_later(
            output, f"The file cannot be stored: {failure.strerror or failure}", gone=False
        )
    except Exception as failure:
        logger.exception("output %s: unexpected failure while archiving", output.pk)
        archive_results.try_later(output, f"Unexpected: {type(failure).__name__}", gone=False)
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


def _store(output: Output, part: Path, facts: OutputFacts) -> dict[str, Any]:
    folder = f"outputs/{output.task.created_at:%Y/%m}/{output.pk}"
    pictures = store(folder, facts)
    with part.open("rb") as stream:
        file = default_storage.save(f"{folder}.{facts.extension}", _Part(stream))
    return {"file": file, **pictures}


def _ask(output: Output) -> TaskReply | None:
    task = output.task
    if task.key is None:
        return None
    try:
        with open_client() as client:
            return client.fetch(task.remote_id, secret_of(task))
    except (GatewayFailure, SecretUnreadable):
        return None
