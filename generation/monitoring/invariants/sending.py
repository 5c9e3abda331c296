"""What may be at the gateway: sent at most once, known by its id there, paid for or not."""

from collections.abc import Iterator

from django.db.models import Count, Exists, OuterRef, Q

from generation.lifecycle.transitions import ENDED, State
from generation.models import EventKind, Task, TaskEvent
from generation.models.event_kind import EVENTS
from generation.models.meaning import Charged

from .scope import Finding, Scope, each, histories, in_state

AT_GATEWAY = (State.PROCESSING, State.ARCHIVING, State.COMPLETED, State.LOST)


def sent_once(scope: Scope) -> Iterator[Finding]:
    sent = TaskEvent.objects.filter(kind=EventKind.SENDING, task__in=scope.tasks)
    often = sent.values("task").annotate(times=Count("pk")).filter(times__gt=1)
    for pk, history in histories(Task.objects.filter(pk__in=often.values("task"))):
        times = may_have_arrived(history)
        if times > 1:
            yield pk, f"{times} requests for it may have reached the gateway"


def may_have_arrived(kinds: Iterator[str]) -> int:
    """How many sends of a timeline may have reached the gateway: those with no clear "no" after."""
    arrived, open_ = 0, False
    for kind in kinds:
        if kind in (EventKind.SENDING, EventKind.CLAIMED):
            arrived, open_ = arrived + open_, kind == EventKind.SENDING
        elif kind in EVENTS and EVENTS[kind].charged is Charged.NO:
            open_ = False
    return arrived + open_


def known_to_gateway(scope: Scope) -> Iterator[Finding]:
    nameless = scope.in_state(*AT_GATEWAY).filter(remote_id="")
    yield from each(nameless, "the gateway has it, but its id there is not known")
    unsent = scope.tasks.filter(sent_at=None).exclude(remote_id="")
    yield from each(unsent, "it has an id of the gateway although it was never sent")


def not_sent(scope: Scope) -> Iterator[Finding]:
    # Of one that was held nobody knows (hold.py).
    canceled = scope.in_state(State.CANCELED).filter(held_since=None)
    sent = ~Q(sent_at=None) | ~Q(remote_id="")
    yield from each(canceled.filter(sent), "it is canceled, but was sent")


def charged(scope: Scope) -> Iterator[Finding]:
    """`Task.charge` against the timeline, which is written beside it and never changed."""
    nowhere = scope.tasks.filter(remote_id="").exclude(cost=None)
    yield from each(nowhere, "a cost is told, but the gateway never had it")
    told = TaskEvent.objects.filter(task=OuterRef("pk"), detail__has_key="cost")
    forgotten = scope.tasks.filter(Exists(told.exclude(detail__cost="")), cost=None)
    yield from each(forgotten, "the gateway told what it cost, and that was forgotten")
    free = scope.tasks.free_without_a_word()
    taken = free.filter(sent_at__isnull=False).exclude(remote_id="", accepted_at=None)
    yield from each(taken, "it counts as not charged, but the gateway has taken it")
    over = in_state(free, *ENDED).filter(remote_id="", events__kind=EventKind.SENDING)
    for pk, history in histories(over):
        if may_have_arrived(history):
            yield pk, "it counts as not charged, but a request for it may have arrived"
