"""Every socket operation gets at most the time that is left for the whole."""

import httpcore
import pytest

from generation import deadline as module
from generation.deadline import WRITE_CHUNK, DeadlineStream, capped, deadline, passed


class Slow(httpcore.NetworkStream):
    """Every operation takes a second of the clock; keeps the time each was given."""

    def __init__(self, clock):
        self._clock, self.given = clock, []

    def _step(self, timeout):
        self.given.append(timeout)
        self._clock[0] += 1

    def read(self, max_bytes, timeout=None):
        self._step(timeout)
        return b"x"

    def write(self, buffer, timeout=None):
        self._step(timeout)

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        self._step(timeout)
        return self


@pytest.fixture
def now(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    return clock


def test_without_a_deadline_timeouts_stay(now):
    assert capped(5, httpcore.ReadTimeout) == 5
    assert capped(None, httpcore.ReadTimeout) is None
    assert not passed()


def test_a_deadline_shortens_timeouts(now):
    with deadline(2):
        assert capped(30, httpcore.ReadTimeout) == 2
        assert capped(1, httpcore.ReadTimeout) == 1
        assert capped(None, httpcore.ReadTimeout) == 2
    assert capped(30, httpcore.ReadTimeout) == 30


def test_no_step_starts_in_the_moment_the_deadline_is_reached(now):
    """A timeout of 0 would make the socket one that never waits."""
    with deadline(2):
        now[0] += 1.9
        assert not passed()
        now[0] = 102.0
        assert passed()
        with pytest.raises(httpcore.WriteTimeout, match="time for the whole request is over"):
            capped(None, httpcore.WriteTimeout)


def test_of_two_deadlines_the_nearer_one_counts(now):
    with deadline(2), deadline(60):
        assert capped(30, httpcore.ReadTimeout) == 2
    with deadline(60), deadline(2):
        assert capped(30, httpcore.ReadTimeout) == 2


def test_many_short_steps_end_with_the_time_for_all_of_them(now):
    slow = Slow(now)
    with deadline(3.5):
        stream = DeadlineStream(slow).start_tls(None, "host", 60)
        stream.read(1, 60)
        stream.write(b"x", 60)
        stream.read(1, 0.1)
        with pytest.raises(httpcore.ReadTimeout):
            stream.read(1, 60)
    assert slow.given == [3.5, 2.5, 1.5, 0.1]


def test_a_long_body_leaves_in_pieces_that_end_in_time(now):
    slow = Slow(now)
    with deadline(2.5), pytest.raises(httpcore.WriteTimeout):
        DeadlineStream(slow).write(bytes(10 * WRITE_CHUNK), 60)
    assert slow.given == [2.5, 1.5, 0.5]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (lambda stream: stream.read(1), httpcore.ReadTimeout),
        (lambda stream: stream.write(b"x"), httpcore.WriteTimeout),
        (lambda stream: stream.start_tls(None), httpcore.ConnectTimeout),
    ],
    ids=["read", "write", "tls"],
)
def test_what_came_too_late_says_how_far_the_request_was(now, step, error):
    """Whether the request may have left decides whether it may be sent again."""
    slow = Slow(now)
    with deadline(0), pytest.raises(error):
        step(DeadlineStream(slow))
    assert slow.given == []
