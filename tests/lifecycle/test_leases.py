"""The names of leases and counters, which machines of another version read as well."""

from datetime import UTC, datetime, timedelta
from importlib.util import module_from_spec
from types import SimpleNamespace

import pytest

from generation.models import Counter, CounterName, Lease, LeaseKind
from generation.models.lease import REMEMBERED
from generation.workers import heartbeats

pytestmark = pytest.mark.django_db


def test_a_worker_says_that_it_moves_on_a_machine_that_has_just_started(monkeypatch):
    fresh = module_from_spec(heartbeats.__spec__)
    heartbeats.__loader__.exec_module(fresh)
    seconds = iter([0.1, 0.1, 5.0, 5.2, 5.2])
    monkeypatch.setattr(fresh, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    for expected in (1, 0, 1):
        fresh.send_heartbeat()
        assert Lease.objects.of(LeaseKind.HEARTBEAT).delete()[0] == expected


@pytest.mark.parametrize(
    ("kind", "subject", "key"),
    [
        (LeaseKind.POLLER, "", "poller"),
        (LeaseKind.WAKEUP, "dispatch", "wakeup:dispatch"),
        (LeaseKind.HEARTBEAT, "poll@studio", "cluster:poll@studio"),
        (LeaseKind.STORAGE, "files@odd", "files@files@odd"),
        (LeaseKind.HOST, "studio", "self@studio"),
        (LeaseKind.SHARED_HOST, "studio", "twin@studio"),
    ],
)
def test_a_key_tells_kind_and_subject(kind, subject, key):
    assert kind.key(subject) == key
    assert kind.subject(key) == subject
    for other in LeaseKind:
        Lease.objects.note(other.key("x"), timedelta(1))
    assert Lease.objects.of(kind).get().name == kind.key("x")


def test_what_is_noted_again_counts_from_then(clock):
    key = LeaseKind.HOST.key("studio")
    Lease.objects.note(key, timedelta(seconds=10), token="one")
    clock.shift(9)
    Lease.objects.note(key, timedelta(seconds=10), token="two")
    clock.shift(9)
    assert Lease.objects.running().get().token == "two"
    clock.shift(1)
    assert not Lease.objects.running()


def test_what_is_noted_without_a_token_is_held_by_none():
    Lease.objects.note(LeaseKind.HOST.key("studio"), timedelta(seconds=10))
    assert Lease.objects.get().token == ""


def test_what_is_gone_is_forgotten_by_kind(clock):
    for kind in LeaseKind:
        Lease.objects.note(kind.key("x"), timedelta(0))
    clock.shift(REMEMBERED.total_seconds())
    Lease.objects.note(LeaseKind.HOST.key("young"), timedelta(0))
    Lease.objects.forget_gone(LeaseKind.HOST)
    assert Lease.objects.count() == 7
    clock.shift(1)
    Lease.objects.forget_gone(LeaseKind.HOST, LeaseKind.SHARED_HOST)
    left = set(Lease.objects.values_list("name", flat=True))
    assert left == {"pollerx", "wakeup:x", "cluster:x", "files@x", "self@young"}


def test_a_counter_without_a_row_is_zero():
    assert Counter.objects.value_of(CounterName.HOLDS) == 0
    Counter.objects.create(name="holds", value=3)
    assert Counter.objects.value_of(CounterName.HOLDS) == 3


def test_minutes_of_polls_are_found_by_time():
    noon = datetime(2026, 1, 1, 12, 0, 59, tzinfo=UTC)
    assert CounterName.polls_in(noon) == "polls:202601011200"
    for name in (
        "polls",
        "holds",
        "polls:202512312359",
        "polls:202601011159",
        "polls:202601011200",
    ):
        Counter.objects.get_or_create(name=name)
    found = Counter.objects.polls_before(noon).values_list("name", flat=True)
    assert set(found) == {"polls:202512312359", "polls:202601011159"}
