"""A batch: the first are polled closely, and teach the rest."""

from datetime import timedelta
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.utils import timezone

from generation.models import Task
from generation.scheduling import durations, poll_schedule, rescheduling, sampling
from generation.scheduling.durations import ExpectedDuration, blend, expected_duration
from tests.support.gateways.scripted import Reply

pause = partial(poll_schedule.pause, sampled=True, polls=0)


def test_the_first_of_a_kind_are_polled_closely_the_rest_rarely(processing):
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


def test_a_sampled_task_that_ends_is_replaced(processing):
    tasks = [processing(remote_id=f"r{number}") for number in range(sampling.SAMPLES_PER_KIND + 1)]
    now = timezone.now()
    for task in tasks:
        poll_schedule.next_poll(task, now)
    assert poll_schedule.next_poll(tasks[-1], now) >= poll_schedule.FOLLOW
    kind = durations.duration_key(tasks[0].spec, tasks[0].params)
    sampling.sampled_tasks.release(kind, tasks[0].pk)
    assert poll_schedule.next_poll(tasks[-1], now) <= poll_schedule.BLIND


def test_what_is_known_well_is_polled_when_it_may_be_ready_and_then_closely():
    exact = blend(20, [29.5 + number / 25 for number in range(50)])
    ages, age = [], 0.0
    while age < exact.p90:
        age += pause(exact, age, sampled=False)
        ages.append(age)
    assert ages[0] == pytest.approx(exact.p5, abs=poll_schedule.CLOSE)
    assert max(late - early for early, late in pairwise(ages)) <= poll_schedule.CLOSE
    assert len(ages) <= 5


def test_a_crowd_is_not_polled_more_often_than_before():
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
    """The age in seconds at which the task is polled next."""
    task.refresh_from_db()
    return (task.next_poll_at - task.accepted_at).total_seconds()


def test_the_first_that_finishes_teaches_the_rest(gateway, batch, poll_round):
    first, *rest = batch(20)
    file = {"type": "image", "url": "https://cdn.example/1.png"}
    gateway.reply = Reply.json(
        {"id": first.remote_id, "status": "completed", "output": [{"content": [file]}]}
    )
    Task.objects.filter(pk=first.pk).update(next_poll_at=timezone.now())
    poll_round()
    assert [request.path.rsplit("/")[-1] for request in gateway.requests] == [first.remote_id]
    for task in rest:
        # As old as the first was, or now and a little if they are that old already.
        assert plan(task) == pytest.approx(30, abs=poll_schedule.NEAR + 0.5)
        assert task.polls == 0


def test_rescheduling_reaches_only_its_kind_and_not_who_waits(batch, processing):
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


def test_rescheduling_is_no_stampede(batch, clock):
    tasks = batch(300)
    taught = learn(tasks[0])
    clock.shift(10)  # all of them are as old already
    assert taught.reschedule() >= 290
    planned = Task.objects.filter(state="processing").values_list("next_poll_at", flat=True)
    ahead = [(at - timezone.now()).total_seconds() for at in planned]
    assert max(ahead) <= 5.5
    assert max(sum(begin <= other < begin + 1 for other in ahead) for begin in ahead) < 170


def test_rescheduling_costs_the_same_statements_however_many_there_are(
    batch, clock, django_assert_max_num_queries
):
    tasks = batch(300)
    taught = learn(tasks[0])
    with django_assert_max_num_queries(50):
        taught.reschedule()


def test_nothing_new_reschedules_nothing(batch, monkeypatch):
    just_started = SimpleNamespace(monotonic=lambda: rescheduling.RESCHEDULE_EVERY / 2)
    monkeypatch.setattr(rescheduling, "time", just_started)
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


def test_six_of_a_kind_are_polled_as_if_alone():
    some, kind = sampling.SampledTasks(), ("m", "1080p", 5)
    tasks = [uuid4() for _ in range(9)]
    assert [some.accepts(kind, task) for task in tasks] == [True] * 6 + [False] * 3
    assert some.accepts(kind, tasks[0])
    some.release(kind, tasks[0])
    assert [some.accepts(kind, task) for task in tasks[6:]] == [True, False, False]


def test_the_first_poll_is_just_before_the_earliest_that_was_seen():
    assert 29 <= poll_schedule.earliest_ready(ExpectedDuration(30, 40, 60, samples=5)) < 30
    assert poll_schedule.earliest_ready(ExpectedDuration(30, 40, 60)) == 30


def test_a_failure_teaches_nothing(batch):
    tasks = batch(5)
    expected_duration(tasks[0])
    taught = rescheduling.Rescheduler()
    taught.task_ended(tasks[0], completed=False)
    assert taught.reschedule() == 0
    assert plan(tasks[1]) > 40
