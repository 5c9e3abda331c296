"""When tasks are looked at: learnt from the last ones, gentle, and never blind for long."""

from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from generation.gateway.failures import GatewayFailure
from generation.lifecycle import polling
from generation.models import ApiKey, Task
from generation.presenters.waiting import about
from generation.scheduling import durations, poll_schedule, rate_limits, rescheduling, sampling
from generation.scheduling.durations import ExpectedDuration, blend, expected_duration
from generation.scheduling.poll_schedule import pause
from generation.views.cards import card
from tests.factories import make_key, make_task
from tests.lifecycle.conftest import IMAGE_MODEL
from tests.support.clock import Clock
from tests.support.gateways.scripted import Reply

KNOWN = ExpectedDuration(p5=80, p50=100, p90=120, samples=50)
GUESSED = ExpectedDuration(p5=10, p50=20, p90=40)


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


def test_long_tasks_are_not_looked_at_every_few_seconds():
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


def test_a_model_that_is_gone_is_followed_all_the_same(alice):
    task = make_task(alice, "processing", model="gone", accepted_at=timezone.now())
    assert poll_schedule.next_poll(task, timezone.now()) == 3
    assert poll_schedule.seconds_left(task, timezone.now()) is None


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
    assert expected_duration(task) == ExpectedDuration(guess / 2, guess, guess * 2)


def test_history_outweighs_the_catalogue(processing, alice):
    finished(alice, 100, count=45)
    expected = expected_duration(processing())
    assert expected.samples == 45
    assert expected.p50 == pytest.approx(100, rel=0.1)


def test_what_nobody_looked_at_teaches_nothing(processing, alice):
    task, now = processing(), timezone.now()
    finished(alice, 7300, 20, deadline_at=now + timedelta(seconds=860))
    assert expected_duration(task).samples == 0
    durations.memory.forget()
    finished(alice, 40, 3, deadline_at=now + timedelta(seconds=860))
    assert expected_duration(task).samples == 3


def test_percentiles_are_those_of_the_last_tasks():
    expected = blend(50, [float(second) for second in range(1, 101)])
    assert (round(expected.p5), round(expected.p50), round(expected.p90)) == (5, 50, 90)


def test_other_durations_and_resolutions_are_another_story(processing, alice):
    video = "viduq2_turbo_img2video"
    finished(alice, 300, 20, model=video, params={"duration": 10, "resolution": "1080p"})
    same = processing(model=video, params={"duration": 10, "resolution": "1080p"})
    other = processing(
        model=video, params={"duration": 2, "resolution": "540p"}, remote_id="remote-2"
    )
    assert expected_duration(same).samples == 20
    assert expected_duration(other).samples == 0


def test_what_was_left_out_counts_as_the_default(processing, alice):
    finished(alice, 30, 3, params={"prompt": "x", "resolution": "1080p"})
    assert expected_duration(processing(params={"prompt": "y"})).samples == 3


def test_history_is_read_once_in_a_while(processing, alice, django_assert_num_queries):
    tasks = [processing(remote_id=f"r{number}") for number in range(5)]
    with django_assert_num_queries(1):
        for task in tasks:
            expected_duration(task)


def test_noticing_is_what_is_learnt_from(gateway, processing, poll):
    file = {"type": "image", "url": "https://cdn.example/1.png"}
    gateway.reply = Reply.json(
        {"id": "remote-1", "status": "completed", "output": [{"content": [file]}]}
    )
    assert poll(processing()).generated_at == timezone.now()
    durations.memory.forget()
    assert expected_duration(processing(remote_id="remote-2")).samples == 1


# A batch


def test_the_first_of_a_kind_are_looked_at_closely_the_rest_rarely(processing):
    tasks = [processing(remote_id=f"r{number}") for number in range(sampling.SAMPLES_PER_KIND + 4)]
    now = timezone.now()
    pauses = [poll_schedule.next_poll(task, now) for task in tasks]
    assert (
        max(pauses[: sampling.SAMPLES_PER_KIND])
        <= poll_schedule.BLIND
        < poll_schedule.FOLLOW
        <= min(pauses[-4:])
    )
    assert [poll_schedule.next_poll(task, now) for task in tasks] == pauses
    other = processing(remote_id="other", params={"prompt": "x", "resolution": "2K"})
    assert poll_schedule.next_poll(other, now) <= poll_schedule.BLIND


@pytest.mark.parametrize("guess", [4, 20, 300, 86400])
def test_nothing_is_left_alone_for_long_while_nothing_is_known(guess):
    assert pause(blend(guess, []), 30, sampled=False) <= poll_schedule.LONGEST_FOLLOW


def test_a_scout_that_ends_is_replaced(processing):
    tasks = [processing(remote_id=f"r{number}") for number in range(sampling.SAMPLES_PER_KIND + 1)]
    now = timezone.now()
    for task in tasks:
        poll_schedule.next_poll(task, now)
    assert poll_schedule.next_poll(tasks[-1], now) >= poll_schedule.FOLLOW
    kind = durations.duration_key(tasks[0].spec, tasks[0].params)
    sampling.sampled_tasks.release(kind, tasks[0].pk)
    assert poll_schedule.next_poll(tasks[-1], now) <= poll_schedule.BLIND


def test_what_is_known_well_is_looked_at_when_it_may_be_ready_and_then_closely():
    exact = blend(20, [29.5 + number / 25 for number in range(50)])
    ages, age = [], 0.0
    while age < exact.p90:
        age += pause(exact, age, sampled=False)
        ages.append(age)
    assert ages[0] == pytest.approx(exact.p5, abs=poll_schedule.CLOSE)
    assert max(late - early for early, late in pairwise(ages)) <= poll_schedule.CLOSE
    assert len(ages) <= 5


def test_a_crowd_is_not_looked_at_more_often_than_before():
    exact = blend(20, [30.0] * 50)
    assert pause(exact, 30, polls=0) == poll_schedule.CLOSE
    assert pause(exact, 30, polls=poll_schedule.CALM * 1.5) == pytest.approx(
        1.5 * poll_schedule.CLOSE
    )
    assert pause(exact, 30, polls=1000) == poll_schedule.NEAR


@pytest.fixture
def batch(processing, clock):
    """A batch accepted over ten seconds, the first of them 30 seconds ago, planned far away."""

    def make(count, **fields):
        begun = timezone.now()
        tasks = [
            processing(
                remote_id=f"r{number}",
                accepted_at=begun + timedelta(seconds=10 * number / count),
                deadline_at=begun + timedelta(seconds=10 * number / count + 900),
                next_poll_at=begun + timedelta(seconds=90),
                **fields,
            )
            for number in range(count)
        ]
        clock.shift(30)
        return tasks

    return make


def plan(task):
    """The age in seconds at which the task is looked at next."""
    task.refresh_from_db()
    return (task.next_poll_at - task.accepted_at).total_seconds()


def test_the_first_that_finishes_teaches_the_rest(gateway, batch, look):
    first, *rest = batch(20)
    file = {"type": "image", "url": "https://cdn.example/1.png"}
    gateway.reply = Reply.json(
        {"id": first.remote_id, "status": "completed", "output": [{"content": [file]}]}
    )
    Task.objects.filter(pk=first.pk).update(next_poll_at=timezone.now())
    look()
    assert [request.path.rsplit("/")[-1] for request in gateway.requests] == [first.remote_id]
    for task in rest:
        # As old as the first was, or now and a little if they are that old already.
        assert plan(task) == pytest.approx(30, abs=poll_schedule.NEAR + 0.5)
        assert task.polls == 0


def test_a_lesson_reaches_only_its_kind_and_not_who_waits(batch, processing):
    first, alike, other, unreachable, keyless = batch(5)
    Task.objects.filter(pk=other.pk).update(params={"prompt": "x", "resolution": "2K"})
    Task.objects.filter(pk=unreachable.pk).update(unreachable_since=timezone.now())
    Task.objects.filter(pk=keyless.pk).update(reason="key")
    assert learn(first).reschedule() == 1
    assert plan(alike) == pytest.approx(30, abs=poll_schedule.NEAR + 0.5)
    for task in (other, unreachable, keyless):
        assert plan(task) > 37


def learn(task):
    expected_duration(task)
    Task.objects.filter(pk=task.pk).update(state="archiving")
    taught = rescheduling.Rescheduler()
    taught.task_ended(task, completed=True)
    return taught


def test_a_lesson_is_no_stampede(batch, clock):
    tasks = batch(300)
    taught = learn(tasks[0])
    clock.shift(10)  # all of them are as old already
    assert taught.reschedule() >= 290
    planned = Task.objects.filter(state="processing").values_list("next_poll_at", flat=True)
    ahead = [(at - timezone.now()).total_seconds() for at in planned]
    assert max(ahead) <= 5.5
    assert max(sum(begin <= other < begin + 1 for other in ahead) for begin in ahead) < 170


def test_a_lesson_costs_the_same_statements_however_many_learn(
    batch, clock, django_assert_max_num_queries
):
    tasks = batch(300)
    taught = learn(tasks[0])
    with django_assert_max_num_queries(50):
        taught.reschedule()


def test_nothing_new_is_no_lesson(batch, clock):
    tasks = batch(20)
    taught = learn(tasks[0])
    assert taught.reschedule() > 0
    taught.task_ended(tasks[1], completed=True)
    assert taught.reschedule() == 0


def test_a_kind_that_was_just_told_does_not_hold_up_another(batch):
    first, second, *rest = batch(4)
    wide = {"prompt": "x", "resolution": "2K"}
    Task.objects.filter(pk__in=[task.pk for task in rest]).update(params=wide)
    taught = learn(first)
    assert taught.reschedule() == 1
    taught.task_ended(second, completed=True)
    rest[0].refresh_from_db()
    expected_duration(rest[0])
    Task.objects.filter(pk=rest[0].pk).update(state="archiving")
    taught.task_ended(rest[0], completed=True)
    assert taught.reschedule() == 1


def test_six_of_a_kind_are_looked_at_as_if_alone():
    some, kind = sampling.SampledTasks(), ("m", "1080p", 5)
    tasks = [uuid4() for _ in range(9)]
    assert [some.accepts(kind, task) for task in tasks] == [True] * 6 + [False] * 3
    assert some.accepts(kind, tasks[0])
    some.release(kind, tasks[0])
    assert [some.accepts(kind, task) for task in tasks[6:]] == [True, False, False]


def test_the_first_look_is_just_before_the_earliest_that_was_seen():
    assert 29 <= poll_schedule.earliest_ready(ExpectedDuration(30, 40, 60, samples=5)) < 30
    assert poll_schedule.earliest_ready(ExpectedDuration(30, 40, 60)) == 30


def test_a_failure_teaches_nothing(batch):
    tasks = batch(5)
    expected_duration(tasks[0])
    taught = rescheduling.Rescheduler()
    taught.task_ended(tasks[0], completed=False)
    assert taught.reschedule() == 0
    assert plan(tasks[1]) > 40


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
    polling._wait_if_asked(processing(), GatewayFailure("x", retry_after=5))
    team_key.refresh_from_db()
    assert team_key.polls_wait_until == until


@pytest.fixture
def monotonic(monkeypatch):
    """The throttle's clock."""
    clock = Clock(1000.0)
    monkeypatch.setattr(rate_limits, "time", clock)
    return clock


@pytest.mark.parametrize("limit", [1, 2, 5, 30, 300])
def test_no_second_has_more_polls_than_allowed(monotonic, limit):
    bucket, at = rate_limits.PollRateLimit(limit, 0), []
    for _ in range(400):
        while bucket.allows(None):
            at.append(monotonic.now)
        monotonic.now += 0.05
    busiest = max(sum(1 for other in at if begin <= other < begin + 1) for begin in at)
    assert busiest <= limit
    assert len(at) >= limit * 20 * 0.35


def test_a_key_at_its_limit_does_not_hold_up_another(
    processing, settings, alice, monotonic, monkeypatch
):
    settings.MAX_POLLS_PER_SECOND_PER_KEY = 10
    rate_limits._poll_rate_limit.cache_clear()
    old, later = timezone.now() - timedelta(seconds=60), timezone.now()
    for number in range(30):
        processing(remote_id=f"many-{number}", next_poll_at=old)
    processing(key=make_key(alice), remote_id="single", next_poll_at=later)
    claimed = polling.claim(20)
    asked = sorted(task.remote_id.split("-")[0] for task in claimed)
    assert asked == ["many", "single"]


def test_what_may_not_be_asked_now_stays_due(processing, settings, monotonic):
    settings.MAX_POLLS_PER_SECOND = 10
    rate_limits._poll_rate_limit.cache_clear()
    for number in range(5):
        processing(remote_id=f"r{number}")
    assert len(polling.claim(20)) == 1
    assert Task.objects.due_to_poll().count() == 4
    monotonic.now += 1
    assert len(polling.claim(20)) == 1


# What a card says


def test_a_card_says_about_how_long(processing, alice, clock):
    finished(alice, 100, count=45)
    task = processing()
    assert card(task, alice).left == "about 2 min left"
    clock.shift(70)
    assert card(task, alice).left == "about 30 s left"


def test_a_card_says_nothing_when_it_takes_longer_than_usual(processing, alice, clock):
    task = processing()
    clock.shift(500)
    assert card(task, alice).left == ""


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
