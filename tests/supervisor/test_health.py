import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.utils import timezone

from generation.models import Lease
from generation.supervisor import health, ping
from generation.supervisor.bootstrap import run_in_child
from generation.supervisor.health import HealthMonitor
from generation.workers import heartbeats
from tests.support.clock import Clock
from tests.support.eventually import eventually

pytestmark = [
    pytest.mark.django_db,
    # pytest-xdist has a thread of its own.
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]

START = timezone.now()
ENOUGH = 12
"""Pings that a silent cluster is sent at most, all in all."""


@pytest.fixture(autouse=True)
def _name(settings):
    settings.HOST_NAME = "here"


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch):
    """Inside a test's transaction every connection looks as if it had to be closed."""
    monkeypatch.setattr(health, "close_old_connections", lambda: None)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock(1000.0)
    monkeypatch.setattr(health, "time", clock)
    return clock


@pytest.fixture
def pings(monkeypatch):
    """The clusters whose pings were woken."""
    woken = []
    monkeypatch.setattr(ping, "ping", woken.append)
    return woken


@pytest.fixture
def monitor(clock, pings):
    return HealthMonitor(["default"])


def sign(cluster="default", at=0, host="here"):
    """What a worker writes when it moves."""
    Lease.objects.update_or_create(
        name=f"cluster:{cluster}@{host}", defaults={"expires_at": START + timedelta(seconds=at)}
    )


def check_for(monitor, clock, seconds):
    """Looks every five seconds for so long."""
    for _ in range(int(seconds / 5)):
        clock.now += 5
        monitor.check()


def check_on(monitor, clock, seconds):
    """Looks as often as it wants to for so long."""
    end = clock.now + seconds
    while clock.now + monitor.next_check_in() <= end:
        clock.now += monitor.next_check_in()
        monitor.check()
    clock.now = end


def test_the_first_check_pings_every_cluster(clock, pings):
    HealthMonitor(["default", "poll"]).check()
    assert pings == ["default", "poll"]


def test_while_a_cluster_starts_a_ping_is_sent_every_ten_seconds(monitor, clock, pings):
    monitor.check()
    check_on(monitor, clock, 9)
    assert len(pings) == 1
    check_on(monitor, clock, 30)
    assert len(pings) == 4


def test_after_an_answered_ping_the_next_comes_after_ten_quiet_seconds(monitor, clock, pings):
    monitor.check()
    sign(at=1)
    check_for(monitor, clock, 5)
    assert pings == ["default"]
    check_for(monitor, clock, 5)
    assert pings == ["default"]
    check_for(monitor, clock, 5)
    assert pings == ["default", "default"]


def test_the_longer_it_is_silent_the_more_often_it_is_pinged(monitor, clock, pings):
    """Another machine may take some of them."""
    monitor.check()
    sign(at=1)
    check_for(monitor, clock, 5)
    so_far = []
    for _ in range(4):
        pings.clear()
        check_on(monitor, clock, 10)
        so_far.append(len(pings))
    assert so_far == [1, 1, 2, 8]
    assert sum(so_far) == ENOUGH


def test_every_other_ping_is_sent_at_a_time_of_its_own(monitor, clock, pings):
    """Of two at once one machine would take both."""
    monitor.check()
    sign(at=1)
    check_for(monitor, clock, 5)
    for _ in range(60):
        pings.clear()
        check_on(monitor, clock, 1)
        assert len(pings) <= 1


def test_a_cluster_that_is_to_be_replaced_is_not_pinged(monitor, clock, pings):
    monitor.check()
    sign(at=1)
    check_for(monitor, clock, 5)
    check_on(monitor, clock, 45)
    assert monitor.unhealthy_reason("default", uptime=1000)
    pings.clear()
    check_on(monitor, clock, 3600)
    assert pings == []


def test_the_replaced_cluster_is_pinged_again(monitor, clock, pings):
    monitor.check()
    check_on(monitor, clock, 200)
    assert monitor.unhealthy_reason("default", uptime=200)
    pings.clear()
    clock.now += 1
    assert monitor.unhealthy_reason("default", uptime=0.5) is None
    check_on(monitor, clock, 10)
    assert pings == ["default"]


def test_another_machines_heartbeat_is_none_of_ours(monitor, clock):
    monitor.check()
    sign(at=1)
    check_for(monitor, clock, 5)
    for second in range(1, 12):
        sign(at=second, host="there")
        check_for(monitor, clock, 5)
    assert monitor.unhealthy_reason("default", uptime=1000) == "no sign of life for 55 s"


def test_one_ping_of_twelve_that_arrives_is_enough(monitor, clock, pings):
    monitor.check()
    sign(at=1)
    check_for(monitor, clock, 5)
    pings.clear()
    while len(pings) < ENOUGH:
        check_on(monitor, clock, monitor.next_check_in())
    sign(at=2)
    check_on(monitor, clock, monitor.next_check_in())
    assert monitor.unhealthy_reason("default", uptime=1000) is None


def test_a_row_that_was_removed_is_no_heartbeat(monitor, clock):
    sign(at=1)
    monitor.check()
    check_for(monitor, clock, 40)
    Lease.objects.all().delete()
    check_for(monitor, clock, 5)
    assert monitor.unhealthy_reason("default", uptime=1000)


def test_machines_that_have_gone_away_are_forgotten(monitor, clock):
    sign(at=-25 * 3600, host="gone")
    sign(at=-23 * 3600, host="off")
    sign()
    Lease.objects.create(name="poller", expires_at=START - timedelta(days=9))
    monitor.check()
    assert {one.host for one in heartbeats.heartbeats()} == {"here", "off"}
    assert Lease.objects.filter(name="poller").exists()


def test_those_that_go_later_are_forgotten_within_an_hour(monitor, clock):
    monitor.check()
    sign(at=-25 * 3600, host="gone")
    check_on(monitor, clock, 3600 + 5)
    assert heartbeats.heartbeats() == []


def test_a_busy_cluster_needs_no_ping(monitor, clock, pings):
    monitor.check()
    for second in range(1, 60):
        sign(at=second)
        check_for(monitor, clock, 5)
    assert pings == ["default"]


def test_a_living_cluster_is_well(monitor, clock):
    monitor.check()
    for second in range(1, 30):
        sign(at=second)
        check_for(monitor, clock, 5)
        assert monitor.unhealthy_reason("default", uptime=clock.now) is None


def test_a_silent_cluster_is_replaced_within_a_minute(monitor, clock):
    monitor.check()
    sign(at=1)
    check_for(monitor, clock, 5)
    check_for(monitor, clock, 40)
    assert monitor.unhealthy_reason("default", uptime=1000) is None
    check_for(monitor, clock, 5)
    assert monitor.unhealthy_reason("default", uptime=1000) == "no sign of life for 45 s"


def test_a_row_left_by_an_earlier_run_is_no_heartbeat(monitor, clock):
    sign(at=1)
    monitor.check()
    check_for(monitor, clock, 45)
    assert monitor.unhealthy_reason("default", uptime=1000)


def test_the_start_is_allowed_for(monitor, clock):
    monitor.check()
    check_for(monitor, clock, 70)
    assert monitor.unhealthy_reason("default", uptime=70) is None
    assert monitor.unhealthy_reason("default", uptime=71) == "no sign of life for 41 s"


def test_the_allowance_ends_with_the_first_sign(monitor, clock):
    monitor.check()
    sign(at=1)
    check_for(monitor, clock, 50)
    assert monitor.unhealthy_reason("default", uptime=50) == "no sign of life for 45 s"


def test_a_heartbeat_since_the_last_check_may_yet_be_seen(monitor, clock):
    monitor.check()
    sign(at=1)
    check_for(monitor, clock, 45)
    clock.now += 4.9
    assert monitor.unhealthy_reason("default", uptime=1000) is None


def test_clusters_are_judged_apart(clock, pings):
    monitor = HealthMonitor(["default", "poll"])
    monitor.check()
    for second in range(1, 20):
        sign("poll", at=second)
        check_for(monitor, clock, 5)
    assert monitor.unhealthy_reason("default", uptime=1000)
    assert monitor.unhealthy_reason("poll", uptime=1000) is None


def test_an_unreachable_database_is_no_reason_to_kill(monitor, clock, monkeypatch, caplog):
    monitor.check()
    with monkeypatch.context() as broken:
        broken.setattr(Lease.objects, "filter", _raise(OperationalError("gone")))
        check_for(monitor, clock, 300)
    assert monitor.unhealthy_reason("default", uptime=1000) is None
    assert [record.getMessage() for record in caplog.records] == [
        "cannot tell whether the workers live: gone"
    ]


def test_after_an_outage_the_silence_counts_from_its_end(monitor, clock, monkeypatch):
    monitor.check()
    with monkeypatch.context() as broken:
        broken.setattr(Lease.objects, "filter", _raise(OperationalError("gone")))
        check_for(monitor, clock, 300)
    check_for(monitor, clock, 40)
    assert monitor.unhealthy_reason("default", uptime=1000) is None
    check_for(monitor, clock, 5)
    assert monitor.unhealthy_reason("default", uptime=1000)


def test_a_broker_that_takes_no_ping_is_no_reason_to_kill(monitor, clock, monkeypatch):
    monkeypatch.setattr(ping, "ping", _raise(ConnectionError("no Redis")))
    check_for(monitor, clock, 300)
    assert monitor.unhealthy_reason("default", uptime=1000) is None


def test_nobody_is_blamed_while_a_check_takes_for_ever(monitor, clock):
    monitor.check()
    clock.now += 300
    assert monitor.unhealthy_reason("default", uptime=1000) is None


def test_a_machine_that_slept_forgives(monitor, clock):
    monitor.check()
    clock.now += 300
    monitor.check()
    assert monitor.unhealthy_reason("default", uptime=1000) is None


def test_it_checks_until_stopped(monkeypatch):
    checks = []
    monkeypatch.setattr(HealthMonitor, "check", lambda self: checks.append(self))
    monkeypatch.setattr(health, "CHECK_INTERVAL", 0.01)
    monitor = HealthMonitor(["default"])
    thread = threading.Thread(target=monitor.run)
    thread.start()
    assert eventually(lambda: len(checks) > 1)
    monitor.stopped.set()
    thread.join(5)
    assert not thread.is_alive()


def test_what_another_process_finds_is_known_here(clock):
    """The checks run in a fork, which the supervisor only shares this memory with."""
    monitor = HealthMonitor(["default", "poll"])

    def check():
        for seconds in range(0, 80, 5):
            see_sign(monitor, "poll", seconds)
            clock.now = 1000.0 + seconds
            monitor.check()

    def see_sign(monitor, cluster, seconds):
        rows = [(f"cluster:{cluster}@here", START + timedelta(seconds=seconds))]
        Lease.objects.filter = lambda **_: SimpleNamespace(values_list=lambda *_: rows)
        monitor._cleanup = monitor._ping = lambda: None

    run_in_child(check)
    clock.now = 1075.0
    assert monitor.unhealthy_reason("default", uptime=75) == "no sign of life for 45 s"
    assert monitor.unhealthy_reason("poll", uptime=75) is None


def _raise(error):
    def fail(*args, **options):
        raise error

    return fail
