from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from generation.lifecycle import vitals
from generation.models import Lease
from generation.supervisor import bell, heartbeat
from generation.supervisor.heartbeat import Heartbeat
from tests.supervisor.helpers import eventually

pytestmark = pytest.mark.django_db

START = timezone.now()
ENOUGH = 12
"""Bells that a silent cluster is rung at most, all in all."""


@pytest.fixture(autouse=True)
def _name(settings):
    settings.HOST_NAME = "here"


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
    monkeypatch.setattr(bell, "ring", rung.append)
    return rung


@pytest.fixture
def beats(clock, bells):
    return Heartbeat(["default"])


def sign(cluster="default", at=0, host="here"):
    """What a worker writes when it moves."""
    Lease.objects.update_or_create(
        name=f"cluster:{cluster}@{host}", defaults={"expires_at": START + timedelta(seconds=at)}
    )


def look_for(beats, clock, seconds):
    """Looks every five seconds for so long."""
    for _ in range(int(seconds / 5)):
        clock.now += 5
        beats.look()


def look_on(beats, clock, seconds):
    """Looks as often as it wants to for so long."""
    end = clock.now + seconds
    while clock.now + beats.rest() <= end:
        clock.now += beats.rest()
        beats.look()
    clock.now = end


def test_the_first_look_rings_every_cluster(clock, bells):
    Heartbeat(["default", "poll"]).look()
    assert bells == ["default", "poll"]


def test_while_a_cluster_starts_a_bell_is_rung_every_ten_seconds(beats, clock, bells):
    beats.look()
    look_on(beats, clock, 9)
    assert len(bells) == 1
    look_on(beats, clock, 30)
    assert len(bells) == 4


def test_a_heard_bell_is_followed_by_the_next_after_ten_quiet_seconds(beats, clock, bells):
    beats.look()
    sign(at=1)
    look_for(beats, clock, 5)
    assert bells == ["default"]
    look_for(beats, clock, 5)
    assert bells == ["default"]
    look_for(beats, clock, 5)
    assert bells == ["default", "default"]


def test_the_longer_it_is_silent_the_more_often_it_rings(beats, clock, bells):
    """Another machine may take some of them."""
    beats.look()
    sign(at=1)
    look_for(beats, clock, 5)
    so_far = []
    for _ in range(4):
        bells.clear()
        look_on(beats, clock, 10)
        so_far.append(len(bells))
    assert so_far == [1, 1, 2, 8]
    assert sum(so_far) == ENOUGH


def test_every_other_bell_is_rung_at_a_time_of_its_own(beats, clock, bells):
    """Of two at once one machine would take both."""
    beats.look()
    sign(at=1)
    look_for(beats, clock, 5)
    for _ in range(60):
        bells.clear()
        look_on(beats, clock, 1)
        assert len(bells) <= 1


def test_a_cluster_that_is_to_be_replaced_is_not_rung(beats, clock, bells):
    beats.look()
    sign(at=1)
    look_for(beats, clock, 5)
    look_on(beats, clock, 45)
    assert beats.complaint("default", uptime=1000)
    bells.clear()
    look_on(beats, clock, 3600)
    assert bells == []


def test_the_replaced_cluster_is_rung_again(beats, clock, bells):
    beats.look()
    look_on(beats, clock, 200)
    assert beats.complaint("default", uptime=200)
    bells.clear()
    clock.now += 1
    assert beats.complaint("default", uptime=0.5) is None
    look_on(beats, clock, 10)
    assert bells == ["default"]


def test_another_machines_sign_of_life_is_none_of_ours(beats, clock):
    beats.look()
    sign(at=1)
    look_for(beats, clock, 5)
    for second in range(1, 12):
        sign(at=second, host="there")
        look_for(beats, clock, 5)
    assert beats.complaint("default", uptime=1000) == "no sign of life for 55 s"


def test_one_bell_of_twelve_that_is_heard_is_enough(beats, clock, bells):
    beats.look()
    sign(at=1)
    look_for(beats, clock, 5)
    bells.clear()
    while len(bells) < ENOUGH:
        look_on(beats, clock, beats.rest())
    sign(at=2)
    look_on(beats, clock, beats.rest())
    assert beats.complaint("default", uptime=1000) is None


def test_a_row_that_was_removed_is_no_sign_of_life(beats, clock):
    sign(at=1)
    beats.look()
    look_for(beats, clock, 40)
    Lease.objects.all().delete()
    look_for(beats, clock, 5)
    assert beats.complaint("default", uptime=1000)


def test_machines_that_have_gone_away_are_forgotten(beats, clock):
    sign(at=-25 * 3600, host="gone")
    sign(at=-23 * 3600, host="off")
    sign()
    Lease.objects.create(name="pump", expires_at=START - timedelta(days=9))
    beats.look()
    assert {one.host for one in vitals.signs()} == {"here", "off"}
    assert Lease.objects.filter(name="pump").exists()


def test_those_that_go_later_are_forgotten_within_an_hour(beats, clock):
    beats.look()
    sign(at=-25 * 3600, host="gone")
    look_on(beats, clock, 3600 + 5)
    assert vitals.signs() == []


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
    monkeypatch.setattr(bell, "ring", _raise(ConnectionError("no Redis")))
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
