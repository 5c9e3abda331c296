"""When tasks are looked at: learnt from the last ones, gentle, and never blind for long."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from generation.gateway.failures import GatewayFailure
from generation.lifecycle import history, looks, pacing, throttle
from generation.lifecycle.history import Expectation, blend, expectation
from generation.lifecycle.pacing import pause
from generation.models import ApiKey, Task
from generation.views.cards import Card
from generation.views.waiting import about
from tests.factories import make_key, make_task
from tests.gateway.servers import Reply
from tests.lifecycle.conftest import IMAGE_MODEL

KNOWN = Expectation(earliest=80, middle=100, latest=120, seen=50)
GUESSED = Expectation(earliest=10, middle=20, latest=40)


def ages(expected, until):
    """The ages at which a task is looked at."""
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


# The schedule


def test_it_looks_rarely_before_it_can_be_ready():
    assert len(ages(KNOWN, 78)) <= 4


@pytest.mark.parametrize("ready", range(80, 121, 5))
def test_around_the_expected_time_it_looks_closely(ready):
    assert late(KNOWN, ready) <= pacing.NEAR


def test_afterwards_it_backs_off():
    assert pause(KNOWN, 130) < pause(KNOWN, 200) < pause(KNOWN, 380)
    assert pause(KNOWN, 4000) == pacing.SLOWEST


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
    assert late(blend(60, durations[-50:]), 20) <= pacing.NEAR


def test_long_tasks_are_not_looked_at_every_few_seconds():
    hours = Expectation(earliest=3600, middle=7200, latest=10800, seen=50)
    assert pause(hours, 7200) == pacing.SLOWEST


@given(
    st.floats(0.1, 1e6),
    st.lists(st.floats(0, 1e6), max_size=50),
    st.floats(0, 1e6),
)
def test_the_pause_is_always_sane(guess, durations, age):
    assert pacing.NEAR <= pause(blend(guess, durations), age) <= pacing.LONGEST_BLIND


def test_a_model_that_is_gone_is_followed_all_the_same(alice):
    task = make_task(alice, "processing", model="gone", accepted_at=timezone.now())
    assert pacing.next_look(task, timezone.now()) == 3
    assert pacing.seconds_left(task, timezone.now()) is None


# What is learnt


def finished(owner, seconds, count=1, **fields):
    usual = {"model": IMAGE_MODEL, "params": {"prompt": "x"}}
    for _ in range(count):
        now = timezone.now()
        make_task(
            owner,
            accepted_at=now - timedelta(seconds=seconds),
            generated_at=now,
            **{**usual, **fields},
        )


def test_without_history_the_catalogue_says(processing):
    task = processing()
    guess = task.spec.typical_seconds(task.params)
    assert expectation(task) == Expectation(guess / 2, guess, guess * 2)


def test_history_outweighs_the_catalogue(processing, alice):
    finished(alice, 100, count=45)
    expected = expectation(processing())
    assert expected.seen == 45
    assert expected.middle == pytest.approx(100, rel=0.1)


def test_what_nobody_looked_at_teaches_nothing(processing, alice):
    task, now = processing(), timezone.now()
    finished(alice, 7300, 20, deadline_at=now + timedelta(seconds=860))
    assert expectation(task).seen == 0
    history.memory.forget()
    finished(alice, 40, 3, deadline_at=now + timedelta(seconds=860))
    assert expectation(task).seen == 3


def test_percentiles_are_those_of_the_last_tasks():
    expected = blend(50, [float(second) for second in range(1, 101)])
    assert (round(expected.earliest), round(expected.middle), round(expected.latest)) == (5, 50, 90)


def test_other_durations_and_resolutions_are_another_story(processing, alice):
    video = "viduq2_turbo_img2video"
    finished(alice, 300, 20, model=video, params={"duration": 10, "resolution": "1080p"})
    same = processing(model=video, params={"duration": 10, "resolution": "1080p"})
    other = processing(
        model=video, params={"duration": 2, "resolution": "540p"}, remote_id="remote-2"
    )
    assert expectation(same).seen == 20
    assert expectation(other).seen == 0


def test_what_was_left_out_counts_as_the_default(processing, alice):
    finished(alice, 30, 3, params={"prompt": "x", "resolution": "1080p"})
    assert expectation(processing(params={"prompt": "y"})).seen == 3


def test_history_is_read_once_in_a_while(processing, alice, django_assert_num_queries):
    tasks = [processing(remote_id=f"r{number}") for number in range(5)]
    with django_assert_num_queries(1):
        for task in tasks:
            expectation(task)


def test_noticing_is_what_is_learnt_from(gateway, processing, poll):
    file = {"type": "image", "url": "https://cdn.example/1.png"}
    gateway.reply = Reply.json(
        {"id": "remote-1", "status": "completed", "output": [{"content": [file]}]}
    )
    assert poll(processing()).generated_at == timezone.now()
    history.memory.forget()
    assert expectation(processing(remote_id="remote-2")).seen == 1


# Being gentle


def test_retry_after_holds_for_the_key(gateway, processing, look, clock, team_key, alice):
    other = processing(key=make_key(alice), remote_id="other")
    first, second = processing(remote_id="first"), processing(remote_id="second")
    Task.objects.filter(pk=second.pk).update(next_poll_at=timezone.now() + timedelta(seconds=5))

    def reply(request):
        if "other" in request.path:
            return Reply.json({"id": "other", "status": "running"})
        return Reply(429, b"{}", {"Retry-After": "30"})

    gateway.reply = reply
    look()
    team_key.refresh_from_db()
    assert team_key.polls_wait_until == timezone.now() + timedelta(seconds=30)
    before = len(gateway.requests)
    clock.shift(20)
    look()
    assert {request.path[-5:] for request in gateway.requests[before:]} == {"other"}
    gateway.reply = Reply.json({"id": "x", "status": "running"})
    clock.shift(11)
    look()
    paths = {request.path.rsplit("/")[-1] for request in gateway.requests[before:]}
    assert paths == {"other", "first", "second"}
    assert other.state == first.state == "processing"


def test_a_shorter_retry_after_does_not_shorten_a_longer_one(
    gateway, processing, look, clock, team_key
):
    until = timezone.now() + timedelta(seconds=90)
    ApiKey.objects.update(polls_wait_until=until)
    looks._wait_if_asked(processing(), GatewayFailure("x", retry_after=5))
    team_key.refresh_from_db()
    assert team_key.polls_wait_until == until


@pytest.fixture
def monotonic(monkeypatch):
    """The throttle's clock."""
    now = [1000.0]
    monkeypatch.setattr(throttle.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("limit", [1, 2, 5, 30, 300])
def test_no_second_has_more_polls_than_allowed(monotonic, limit):
    bucket, at = throttle.Throttle(limit, 0), []
    for _ in range(400):
        while bucket.allows(None):
            at.append(monotonic[0])
        monotonic[0] += 0.05
    busiest = max(sum(1 for other in at if begin <= other < begin + 1) for begin in at)
    assert busiest <= limit
    assert len(at) >= limit * 20 * 0.35


def test_a_key_at_its_limit_does_not_hold_up_another(
    processing, settings, alice, monotonic, monkeypatch
):
    settings.MAX_POLLS_PER_SECOND_PER_KEY = 10
    throttle._throttle.cache_clear()
    old, later = timezone.now() - timedelta(seconds=60), timezone.now()
    for number in range(30):
        processing(remote_id=f"many-{number}", next_poll_at=old)
    processing(key=make_key(alice), remote_id="single", next_poll_at=later)
    claimed = looks.claim(20)
    asked = sorted(task.remote_id.split("-")[0] for task in claimed)
    assert asked == ["many", "single"]


def test_what_may_not_be_asked_now_stays_due(processing, settings, monotonic):
    settings.MAX_POLLS_PER_SECOND = 10
    throttle._throttle.cache_clear()
    for number in range(5):
        processing(remote_id=f"r{number}")
    assert len(looks.claim(20)) == 1
    assert Task.objects.due_to_poll().count() == 4
    monotonic[0] += 1
    assert len(looks.claim(20)) == 1


# What a card says


def test_a_card_says_about_how_long(processing, alice, clock):
    finished(alice, 100, count=45)
    task = processing()
    assert Card(task, alice).left == "about 2 min left"
    clock.shift(70)
    assert Card(task, alice).left == "about 30 s left"


def test_a_card_says_nothing_when_it_takes_longer_than_usual(processing, alice, clock):
    task = processing()
    clock.shift(500)
    assert Card(task, alice).left == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (-1, ""),
        (1, "about 5 s left"),
        (14, "about 15 s left"),
        (44, "about 40 s left"),
        (200, "about 3 min left"),
        (90000, "about 25 h left"),
    ],
)
def test_it_is_said_no_more_exactly_than_it_is_known(seconds, text):
    assert about(seconds) == text
