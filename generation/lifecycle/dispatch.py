"""queued -> submitting -> processing: a create is sent at most once unless it surely did not arrive."""

import logging
from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from functools import partial
from secrets import token_hex
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generation.gateway.failures import Ambiguous, Busy, NotSent, Refused
from generation.lifecycle import dispatch_results, external_marks, hold
from generation.lifecycle.create_request import Comparison, CreateRequest, Unmarked, prepare
from generation.lifecycle.transitions import Happened, State, change, record
from generation.logs import bound
from generation.models import EventKind, Reason, Task, next_revision
from generation.models.task import TaskQuerySet
from generation.scheduling import fair_queue
from generation.workers.database import retry_on_db_error
from generation.workers.failpoints import failpoint
from generation.workers.job_loop import run_jobs
from generation.workers.job_pool import Job, JobPool, Steps
from generation.workers.prepared_queries import Rows, Write
from generation.workers.wakeups import wake_dispatch

logger = logging.getLogger(__name__)

REQUESTS_AT_ONCE, REQUESTS_AT_ONCE_PER_KEY = 8, 6
"""Requests under way in one job: a key that hangs leaves room for the others."""

IN_HAND = 40_000_000
"""Bytes of requests under way above which none is added (docs/gateway.md: 20 MB a body)."""

CLAIM = timedelta(seconds=180)
"""How long the images may take to be made ready."""

SENDING = timedelta(seconds=60)
"""Renewed while the request is under way, so that a dead sender is soon known to be dead."""


def dispatch_due() -> None:
    """Sends queued tasks, several at once, until none is due; wakes the next job when its time is over."""
    run_jobs(_next_job, _wake_if_due, at_once=REQUESTS_AT_ONCE)


def _wake_if_due() -> None:
    if fair_queue.next_task() is not None:
        wake_dispatch()


def _next_job(sending: JobPool) -> Job | None:
    """Claims a task while there is room for it, in memory and for its key, in this worker."""
    works = [work for work in sending.works if isinstance(work, CreateRequest | Comparison)]
    creates = [work if isinstance(work, CreateRequest) else work.create for work in works]
    if sum(create.size for create in creates) > IN_HAND:
        return None
    on_key = Counter(create.task.key_id for create in creates)
    busy = {key for key, number in on_key.items() if key and number >= REQUESTS_AT_ONCE_PER_KEY}
    task = _claim(busy)
    if task is None and not sending and fair_queue.add_missing_shares():
        task = _claim()
    if task is None:
        return None
    context = partial(bound, task=task.pk, key=task.key_label)
    return Job(_dispatch(task), partial(_still_ours, task), context)


def _claim(without: Collection[UUID] = ()) -> Task | None:
    # Other workers may have been faster, and there may still be more.
    while (pk := fair_queue.next_task(without=without)) is not None:
        if _take(pk):
            return retry_on_db_error(partial(_whole.first, pk))
    return None


_whole = Rows(lambda pk: Task.objects.select_related("key", "long_text").filter(pk=pk))


def _take(pk: UUID) -> bool:
    with transaction.atomic():
        # Its lock makes one of counting what is in flight and adding to it.
        revision = next_revision()
        line = fair_queue.queue_of(pk)
        taken = fair_queue.has_capacity(line) and change(
            pk,
            State.QUEUED,
            to=State.SUBMITTING,
            happened=Happened(
                EventKind.CLAIMED, "A worker prepares the request.", {"claim": token_hex(8)}
            ),
            count_attempt=True,
            revision=revision,
            claimed_until=timezone.now() + CLAIM,
            sent_at=None,
        )
        if taken:
            fair_queue.mark_served(line, revision)
    return taken


def _dispatch(task: Task) -> Steps:
    failpoint("dispatch-claimed")
    try:
        create = prepare(task)
    except Exception:
        logger.exception("task %s: unexpected failure before sending", task.pk)
        dispatch_results.back_to_queue(task, None, "Something went wrong before the request left.")
        return
    if create is None:
        return
    try:
        before = retry_on_db_error(hold.before_sending, patience=30.0)
        found = (yield Comparison(create)) if external_marks.are_shared() else external_marks.read()
        may_send = retry_on_db_error(partial(hold.may_send, before, found), patience=30.0)
        if not may_send or not _mark_sent(task):
            return
    except OSError as error:
        _unmarked(task, error.strerror or str(error))
        return
    failpoint("dispatch-marked")
    try:
        reply = yield create
    except Unmarked as failure:
        _unmarked(task, str(failure))
    except NotSent as failure:
        text = f"The gateway could not be reached: {failure}"
        dispatch_results.back_to_queue(task, Reason.UNREACHABLE, text, failure)
    except Busy as failure:
        text = "The gateway is busy and asked us to wait."
        dispatch_results.back_to_queue(task, Reason.BUSY, text, failure)
    except Refused as failure:
        dispatch_results.refused(task, failure)
    except Ambiguous as failure:
        dispatch_results.uncertain(task, str(failure), failure)
    except Exception:
        logger.exception("task %s: unexpected failure while sending", task.pk)
        dispatch_results.uncertain(
            task, "Something unexpected happened after the request was started", None
        )
    else:
        dispatch_results.accept(task, reply)


def _unmarked(task: Task, why: str) -> None:
    text = f"Nothing is sent while that cannot be noted outside the database: {why}."
    dispatch_results.back_to_queue(task, Reason.UNMARKED, text)


def _mark_sent(task: Task) -> bool:
    """From this commit on the request may have arrived; False when the claim is no longer ours."""
    happened = Happened(EventKind.SENDING, "The request leaves now.", {"attempt": task.attempts})

    def write() -> bool:
        now = timezone.now()
        with transaction.atomic():
            if _unsent(task.pk, task.attempts, sent_at=now, claimed_until=now + SENDING):
                record(task.pk, State.SUBMITTING, happened)
                return True
            # Written already, when only the answer to an earlier commit was lost.
            return _attempt(task.pk, task.attempts).exists()

    return retry_on_db_error(write, patience=30.0)


def _still_ours(task: Task) -> bool:
    """Renews the claim; False when someone else has the task."""
    return bool(_renew(task.pk, task.attempts, claimed_until=timezone.now() + SENDING))


def _attempt(pk: UUID, attempts: int) -> TaskQuerySet:
    return Task.objects.filter(pk=pk, state=State.SUBMITTING, attempts=attempts)


_renew = Write(_attempt)
_unsent = Write(lambda pk, attempts: _attempt(pk, attempts).filter(sent_at=None))
