"""Which results a member may pick once more: pictures of the newest tasks."""

import pytest
from django.utils import timezone

from generation.library import recent
from tests.factories import make_output, make_task


def picture_of(owner, state="completed", stored="stored", **fields):
    output = make_output(make_task(owner, state, **fields))
    output.kind, output.state, output.stored_at = "image", stored, timezone.now()
    output.save(update_fields=["kind", "state", "stored_at"])
    return output


def test_what_is_stored_is_offered_newest_first(alice, bob):
    first, second = picture_of(alice), picture_of(alice, visibility="private")
    make_output(make_task(alice))
    picture_of(bob)
    picture_of(alice, trashed_at=timezone.now())
    picture_of(alice, "lost", "lost")
    assert recent.recent_results(alice) == [second, first]


def test_one_of_several_is_offered_while_the_others_are_saved(alice):
    saved = picture_of(alice, "archiving")
    assert recent.recent_results(alice) == [saved]


@pytest.mark.parametrize("state", ["completed", "failed", "processing"])
def test_the_newest_tasks_are_looked_through_whatever_became_of_them(alice, monkeypatch, state):
    monkeypatch.setattr(recent, "LOOKED_THROUGH", 2)
    too_old, kept = picture_of(alice), picture_of(alice)
    make_task(alice, state)
    assert recent.recent_results(alice) == [kept]
    assert too_old.task.created_at < kept.task.created_at
