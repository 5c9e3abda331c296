"""Pings on a queue that machines share."""

import pytest

from generation.models import Lease
from generation.supervisor import echo, ping
from generation.workers import heartbeats, wakeups
from generation.workers.clusters import CLUSTERS
from viduweb.settings.basics import short_name

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _name(settings):
    settings.HOST_NAME = "here"


class Queue:
    """A queue and what is put there; `waiting` were there before."""

    def __init__(self) -> None:
        self.waiting = 0
        self.put = []

    def queue_size(self) -> int:
        return self.waiting + len(self.put)

    def take(self, job, *args, q_options):
        assert job == "generation.supervisor.ping.pong"
        self.put.append((q_options["cluster"], *args))


@pytest.fixture
def queue(monkeypatch):
    queue = Queue()
    monkeypatch.setattr(ping, "get_broker", lambda cluster: queue)
    monkeypatch.setattr(ping, "async_task", queue.take)
    monkeypatch.setattr(wakeups, "async_task", queue.take)
    return queue


def hosts():
    return [sign.host for sign in heartbeats.heartbeats()]


def test_it_says_whom_it_is_meant_for(queue):
    ping.ping("poll")
    assert queue.put == [("poll", "here", ping.MAX_HOPS)]


def test_a_queue_that_nobody_empties_is_not_flooded(queue):
    for _ in range(1000):
        ping.ping("poll")
    assert len(queue.put) == ping.MAX_QUEUED
    queue.waiting = -1
    ping.ping("poll")
    assert len(queue.put) == ping.MAX_QUEUED + 1


def test_pings_of_an_earlier_release_are_answered(queue):
    echo.answer("here", 3)
    assert hosts() == ["here"]


def test_whoever_is_meant_answers(queue):
    ping.pong("here", 3)
    assert hosts() == ["here"]
    assert queue.put == []


@pytest.mark.django_db(transaction=True)
def test_whoever_is_not_answers_too_and_hops_it_on(queue):
    ping.pong("there", 3)
    assert hosts() == ["here"]
    assert queue.put == [("default", "there", 2)]


@pytest.mark.django_db(transaction=True)
def test_a_ping_for_a_dead_machine_falls_silent(queue):
    ping.ping("default")
    for number, (_, _, hops) in enumerate(queue.put):
        assert number <= ping.MAX_HOPS
        ping.pong("there", hops)
    assert len(queue.put) == 1 + ping.MAX_HOPS


@pytest.mark.django_db(transaction=True)
def test_two_on_one_queue_find_each_other(settings, queue):
    """Whoever took it is the last to look again."""
    ping.ping("default")
    settings.HOST_NAME = "there"
    ping.pong(*queue.put.pop()[1:])
    assert hosts() == ["there"]
    settings.HOST_NAME = "here"
    ping.pong(*queue.put.pop()[1:])
    assert hosts() == ["here", "there"]
    assert queue.put == []


def test_long_names_of_machines_fit_and_stay_apart():
    names = [f"worker-{number}.{'a-long-name.' * 9}example" for number in (1, 2)]
    names.append(names[0] + "s")
    short = {short_name(name) for name in names}
    assert len(short) == 3
    assert short_name("studio-1") == "studio-1"
    longest = max(len(name) for name in CLUSTERS)
    room = Lease._meta.get_field("name").max_length - len("cluster:@") - longest
    assert max(map(len, short)) <= room
