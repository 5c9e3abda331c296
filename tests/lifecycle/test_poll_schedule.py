"""When a task is polled: closely around the time it can be ready, and never blind for long."""

from functools import partial

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from generation.scheduling import poll_schedule
from generation.scheduling.durations import ExpectedDuration, blend
from tests.factories import make_task

KNOWN = ExpectedDuration(p5=80, p50=100, p90=120, samples=50)
pause = partial(poll_schedule.pause, sampled=True, polls=0)
GUESSED = ExpectedDuration(p5=10, p50=20, p90=40)


def ages(expected, until):
    """The ages at which a task is polled."""
    age, ages = pause(expected, 0), []
    while age < until:
        ages.append(age)
        age += pause(expected, age)
    return ages


def late(expected, ready):
    """Seconds until a task that is ready at that age is noticed."""
    age = pause(expected, 0)
    while age < ready:
        age += pause(expected, age)
    return age - ready


def test_it_is_polled_rarely_before_it_can_be_ready():
    assert len(ages(KNOWN, 78)) <= 4


@pytest.mark.parametrize("ready", range(80, 121, 5))
def test_around_the_expected_time_it_is_polled_closely(ready):
    assert late(KNOWN, ready) <= poll_schedule.NEAR


def test_afterwards_it_backs_off():
    assert pause(KNOWN, 130) < pause(KNOWN, 200) < pause(KNOWN, 380)
    assert pause(KNOWN, 4000) == poll_schedule.SLOWEST


@pytest.mark.parametrize("ready", [1, 3, 7, 20, 60, 120])
def test_a_wrong_guess_costs_less_than_five_seconds(ready):
    for guess in (5, 20, 60, 600):
        expected = blend(guess, [])
        assert late(expected, ready) * 1.15 < 5


def test_what_was_slow_yesterday_and_is_fast_today_is_found_out():
    durations = [100.0] * 50
    for _ in range(10):
        expected = blend(60, durations[-50:])
        durations += [20 + late(expected, 20)] * 20
    assert late(blend(60, durations[-50:]), 20) <= poll_schedule.NEAR


def test_long_tasks_are_not_polled_every_few_seconds():
    hours = ExpectedDuration(p5=3600, p50=7200, p90=10800, samples=50)
    assert pause(hours, 7200) == poll_schedule.SLOWEST


@given(
    st.floats(0.1, 1e6),
    st.lists(st.floats(0, 1e6), max_size=50),
    st.floats(0, 1e6),
)
def test_the_pause_is_always_sane(guess, durations, age):
    for sampled in (True, False):
        seconds = pause(blend(guess, durations), age, sampled=sampled)
        assert poll_schedule.CLOSE <= seconds <= poll_schedule.LONGEST_BLIND


def test_a_model_that_is_gone_is_polled_all_the_same(alice):
    task = make_task(alice, "processing", model="gone", accepted_at=timezone.now())
    assert poll_schedule.next_poll(task, timezone.now()) == 3
    assert poll_schedule.seconds_left(task, timezone.now()) is None
