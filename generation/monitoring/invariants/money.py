"""The ledger of a task against the task."""

from collections.abc import Iterator

from generation.money import ledger

from .scope import Finding, Scope

AT_ONCE = 1000


def balanced(scope: Scope) -> Iterator[Finding]:
    for task in ledger.with_sums(scope.tasks).order_by().iterator(AT_ONCE):
        booked = ledger.booked(task)
        yield from ((task.pk, what) for what in _wrong(booked))


def _wrong(booked: ledger.Booked) -> Iterator[str]:
    task, charge = booked.task, booked.task.charge
    if not booked.opened:
        yield "its ledger has no estimate, or no reservation"
        return
    told = task.cost is not None or task.settled is not None
    known = charge if told or task.finished_at else None
    if (booked.charged or 0) != (known or 0):
        yield f"its ledger says {booked.charged or 0} USD, and it has cost {known or 0}"
    should_hold = booked.reserved if known is None else 0
    if booked.held != should_hold:
        yield f"its ledger holds {booked.held} USD, not {should_hold}"
