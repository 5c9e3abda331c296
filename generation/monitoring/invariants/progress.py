"""Who runs has a next step; who has ended says when, and why."""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from generation.lifecycle.transitions import ENDED, State
from generation.models import Task, TaskEvent

from .scope import Finding, Scope, each


def moves(scope: Scope) -> Iterator[Finding]:
    late = scope.long_ago
    submitting = scope.in_state(State.SUBMITTING)
    stuck = Q(claimed_until=None) | Q(claimed_until__lt=late)
    yield from each(submitting.filter(stuck), "its sender is gone, and nobody took over")
    processing = scope.in_state(State.PROCESSING)
    # The gateway may have asked us to leave a key alone for a long time.
    processing = processing.exclude(key__polls_wait_until__gt=late)
    unseen = Q(next_poll_at=None) | Q(next_poll_at__lt=late)
    yield from each(processing.filter(unseen), "nobody polls it any more")
    endless = Q(deadline_at=None) | Q(deadline_at__lt=late)
    yield from each(processing.filter(endless), "its deadline is missing or long over")
    yield from each(_forgotten(scope), "it could have been sent long ago")


def _forgotten(scope: Scope) -> "QuerySet[Task]":
    """Queued, long due, and neither its key nor its member has anything in flight to wait for."""
    ahead = Task.objects.in_flight()
    return scope.in_state(State.QUEUED).filter(
        ~Exists(ahead.filter(key=OuterRef("key"))),
        ~Exists(ahead.filter(owner=OuterRef("owner"))),
        held_since=None,
        next_attempt_at__lt=scope.long_ago,
    )


def ended(scope: Scope) -> Iterator[Finding]:
    timeless = scope.in_state(*ENDED).filter(finished_at=None)
    yield from each(timeless, "it has ended, but at no time")
    early = scope.tasks.exclude(state__in=ENDED).exclude(finished_at=None)
    yield from each(early, "it has a time of ending, but has not ended")


def told(scope: Scope) -> Iterator[Finding]:
    last = TaskEvent.objects.filter(task=OuterRef("pk")).order_by("-id").values("state")[:1]
    tasks = scope.tasks.annotate(told=Subquery(last))
    untold = tasks.filter(Q(told=None) | ~Q(told=F("state")))
    for pk, state, said in untold.values_list("pk", "state", "told"):
        yield pk, f"it is {state}, but its timeline ends with {said or 'nothing'}"


def explained(scope: Scope) -> Iterator[Finding]:
    unsure = scope.in_state(State.UNCERTAIN)
    yield from each(unsure.filter(reason=""), "it is uncertain, but nothing says why")
    yield from each(unsure.filter(sent_at=None), "it is uncertain, but was never sent")
