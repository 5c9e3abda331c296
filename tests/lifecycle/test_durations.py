"""How long tasks alike take is learnt from the last ones, and cards say it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.presenters.waiting import about
from generation.scheduling import durations
from generation.scheduling.durations import ExpectedDuration, blend, expected_duration
from generation.views.cards import card
from tests.factories import make_task
from tests.lifecycle.conftest import IMAGE_MODEL
from tests.support.gateways.scripted import Reply


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


def test_what_nobody_polled_teaches_nothing(processing, alice):
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
