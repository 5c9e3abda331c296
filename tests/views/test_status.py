"""What a page says of a task whose files are not all saved, and how states are told apart."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from generation.models import Task
from generation.presenters.cards import Card
from tests.factories import make_output, make_task


@pytest.fixture
def archiving(alice):
    """A task with a saved file and two more: hours left, and what the last try said."""

    def make(*pending):
        task = make_task(alice, "archiving")
        make_output(task)
        for position, (hours, error) in enumerate(pending, 1):
            task.outputs.create(
                kind="video",
                position=position,
                source_url="https://cdn.example/1.mp4",
                expires_at=timezone.now() + timedelta(hours=hours),
                last_error=error,
            )
        return Card(Task.objects.for_cards().get(), alice)

    return make


def test_a_file_on_its_way_is_not_at_risk(archiving):
    card = archiving((20, ""), (20, ""))
    assert (card.at_risk, card.until, card.in_time, card.words) == (False, None, False, "Saving")


def test_any_file_that_could_not_be_saved_puts_the_task_at_risk(archiving):
    card = archiving((20, ""), (3, "HTTP 500"))
    assert (card.at_risk, card.in_time, card.words) == (True, True, "Not safe yet")
    assert card.until < timezone.now() + timedelta(hours=4)


def test_the_address_that_dies_first_counts(archiving):
    card = archiving((20, "HTTP 500"), (-1, "no longer there"))
    assert (card.at_risk, card.in_time) == (True, False)
    assert card.risky.last_error == "no longer there"


def test_states_are_told_apart_by_icon_and_words_not_by_colour(client_for, alice):
    tasks = {state: make_task(alice, state) for state in Task.State}
    html = client_for(alice).get("/tasks/").content.decode()
    seen = {}
    for state, task in tasks.items():
        card = html.split(f'<article id="task-{task.pk}"')[1].split("</article>")[0]
        shown = re.search(r'class="(?:now num|why)">(.*?)</(?:p|div)>', card, re.DOTALL)[1]
        seen[state] = re.search(r'<use href="#i-([a-z-]+)"', shown)[1]
        card = Card(task, alice)
        words = card.line if card.running else card.words
        assert words
        assert words in re.sub(r"<[^>]+>", " ", shown), state
    assert len(set(seen.values())) == len(Task.State), seen


@pytest.mark.parametrize(
    ("reason", "words"),
    [("gave-up", "Given up"), ("sent-again", "Sent again as a new task"), ("", "Failed")],
)
def test_what_people_decided_is_named(alice, reason, words):
    assert Card(make_task(alice, "failed", reason=reason), alice).words == words
