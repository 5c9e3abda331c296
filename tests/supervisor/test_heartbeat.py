from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from generation.models import Lease
from generation.supervisor import heartbeat
from generation.supervisor.heartbeat import Heartbeat
from tests.supervisor.helpers import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch):
    """Inside a test's transaction every connection looks as if it had to be closed."""
    monkeypatch.setattr(heartbeat, "close_old_connections", lambda: None)


class Clock:
    """Stands in for the time module."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(heartbeat, "time", clock)
    return clock


@pytest.fixture
def bells(monkeypatch):
    """The clusters whose bells were rung."""
    rung = []

    def ring(job, *, q_options):
        assert job == "generation.jobs.heartbeat"
        rung.append(q_options["cluster"])

    monkeypatch.setattr(heartbeat, "async_task", ring)
    return rung


@pytest.fixture
def beats(clock, bells):
    return Heartbeat(["default"])


def sign(cluster="default", at=None):
    """What a worker writes when it moves."""
    expires_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=at or 0)
    Lease.objects.update_or_create(name=f"cluster:{cluster}", defaults={"expires_at": expires_at})


def look_for(beats, clock, seconds):
    """Looks every five seconds for so long."""
    for _ in range(int(seconds / 5)):
        clock.now += 5
        beats.look()


def test_the_first_look_rings_every_cluster(clock, bells):
    Heartbeat(["default", "poll"]).look()
    assert bells == ["default", "poll"]


def test_one_bell_waits_at_a_time(beats, clock, bells):
    beats.look()
    look_for(beats, clock, 30)
    assert bells == ["default"]


def test_a_bell_unheard_for_half_a_minute_is_taken_for_lost(beats, clock, bells):
    beats.look()
    look_for(beats, clock, 35)
    assert bells == ["default", "default"]


def test_a_heard_bell_is_followed_by_the_next_after_ten_quiet_seconds(beats, clock, bells):
    beats.look()
    sign(at=1)
    look_for(beats, clock, 5)
    assert bells == ["default"]
    look_for(beats, clock, 10)
    assert bells == ["default", "default"]


def test_a_busy_cluster_needs_no_bell(beats, clock, bells):
    beats.look()
    for second in range(1, 60):
        sign(at=second)
        look_for(beats, clock, 5)
    assert bells == ["default"]


def test_a_living_cluster_is_well(beats, clock):
    beats.look()
    for second in range(1, 30):
        sign(at=second)
        look_for(beats, clock, 5)
        assert beats.complaint("default", uptime=clock.now) is None


def test_a_silent_cluster_is_replaced_within_a_minute(beats, clock):
    beats.look()
    sign(at=1)
    look_for(beats, clock, 5)
    look_for(beats, clock, 40)
    assert beats.complaint("default", uptime=1000) is None
    look_for(beats, clock, 5)
    assert beats.complaint("default", uptime=1000) == "no sign of life for 45 s"


def test_a_row_left_by_an_earlier_run_is_no_sign_of_life(beats, clock):
    sign(at=1)
    beats.look()
    look_for(beats, clock, 45)
    assert beats.complaint("default", uptime=1000)


def test_the_start_is_allowed_for(beats, clock):
    beats.look()
    look_for(beats, clock, 70)
    assert beats.complaint("default", uptime=70) is None
    assert beats.complaint("default", uptime=71) == "no sign of life for 41 s"


def test_the_allowance_ends_with_the_first_sign(beats, clock):
    beats.look()
    sign(at=1)
    look_for(beats, clock, 50)
    assert beats.complaint("default", uptime=50) == "no sign of life for 45 s"


def test_a_sign_since_the_last_look_may_yet_be_seen(beats, clock):
    beats.look()
    sign(at=1)
    look_for(beats, clock, 45)
    clock.now += 4.9
    assert beats.complaint("default", uptime=1000) is None


def test_clusters_are_judged_apart(clock, bells):
    beats = Heartbeat(["default", "poll"])
    beats.look()
    for second in range(1, 20):
        sign("poll", at=second)
        look_for(beats, clock, 5)
    assert beats.complaint("default", uptime=1000)
    assert beats.complaint("poll", uptime=1000) is None


def test_an_unreachable_database_is_no_reason_to_kill(beats, clock, monkeypatch, caplog):
    beats.look()
    with monkeypatch.context() as broken:
        broken.setattr(Lease.objects, "filter", _raise(OperationalError("gone")))
        look_for(beats, clock, 300)
    assert beats.complaint("default", uptime=1000) is None
    assert [record.getMessage() for record in caplog.records] == [
        "cannot tell whether the workers live: gone"
    ]


def test_after_an_outage_the_silence_counts_from_its_end(beats, clock, monkeypatch):
    beats.look()
    with monkeypatch.context() as broken:
        broken.setattr(Lease.objects, "filter", _raise(OperationalError("gone")))
        look_for(beats, clock, 300)
    look_for(beats, clock, 40)
    assert beats.complaint("default", uptime=1000) is None
    look_for(beats, clock, 5)
    assert beats.complaint("default", uptime=1000)


def test_a_broker_that_takes_no_bell_is_no_reason_to_kill(beats, clock, monkeypatch):
    monkeypatch.setattr(heartbeat, "async_task", _raise(ConnectionError("no Redis")))
    look_for(beats, clock, 300)
    assert beats.complaint("default", uptime=1000) is None


def test_nobody_is_blamed_while_a_look_takes_for_ever(beats, clock):
    beats.look()
    clock.now += 300
    assert beats.complaint("default", uptime=1000) is None


def test_a_machine_that_slept_forgives(beats, clock):
    beats.look()
    clock.now += 300
    beats.look()
    assert beats.complaint("default", uptime=1000) is None


def test_it_looks_in_a_thread_until_stopped(monkeypatch):
    looks = []
    monkeypatch.setattr(Heartbeat, "look", lambda self: looks.append(self))
    monkeypatch.setattr(heartbeat, "LOOK_EVERY", 0.01)
    beats = Heartbeat(["default"])
    beats.start()
    assert eventually(lambda: len(looks) > 1)
    beats.stop()
    assert not beats._thread.is_alive()


def test_stopping_what_never_started_is_fine():
    Heartbeat(["default"]).stop()


def _raise(error):
    def fail(*args, **options):
        raise error

    return fail
