import pytest
from django.db import connection, transaction

from generation.lifecycle.transitions import Happened, State, change
from generation.models import Counter, Task, next_revision
from tests.factories import make_task
from tests.lifecycle.conftest import words

HAPPENED = Happened("claimed", "A worker prepares the request.", {"attempt": 1})


def test_it_moves_a_task(alice):
    task = make_task(alice, "queued")
    assert change(task.pk, State.QUEUED, to=State.SUBMITTING, happened=HAPPENED, remote_id="r")
    task.refresh_from_db()
    assert (task.state, task.remote_id) == ("submitting", "r")


def test_the_change_is_in_the_timeline(alice, clock):
    task = make_task(alice, "queued")
    change(task.pk, State.QUEUED, to=State.SUBMITTING, happened=HAPPENED)
    event = task.events.get()
    assert (event.kind, event.state, event.detail) == ("claimed", "submitting", {"attempt": 1})


def test_the_loser_of_a_race_changes_nothing(alice):
    task = make_task(alice, "processing", remote_id="winner")
    before = Task.objects.filter(pk=task.pk).values().get()
    assert not change(
        task.pk, State.QUEUED, to=State.SUBMITTING, happened=HAPPENED, remote_id="loser"
    )
    assert Task.objects.filter(pk=task.pk).values().get() == before
    assert words(task) == []


def test_only_the_holder_of_an_attempt_may_change_it(alice):
    task = make_task(alice, "submitting", attempts=2)
    assert not change(task.pk, State.SUBMITTING, to=State.FAILED, happened=HAPPENED, attempts=1)
    assert change(task.pk, State.SUBMITTING, to=State.FAILED, happened=HAPPENED, attempts=2)


def test_an_end_has_a_time(alice):
    task = make_task(alice, "queued")
    change(task.pk, State.QUEUED, to=State.CANCELED, happened=HAPPENED)
    task.refresh_from_db()
    assert task.finished_at is not None


def test_every_change_gets_a_higher_revision(alice):
    first, second = make_task(alice, "queued"), make_task(alice, "queued")
    change(first.pk, State.QUEUED, to=State.SUBMITTING, happened=HAPPENED)
    change(second.pk, State.QUEUED, to=State.SUBMITTING, happened=HAPPENED)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.born_revision < second.born_revision < first.revision < second.revision


def test_the_counter_starts_by_itself(db):
    Counter.objects.all().delete()
    assert next_revision() == 1
    assert next_revision(3) == 4


def test_a_long_text_is_cut(alice):
    task = make_task(alice, "queued")
    change(task.pk, State.QUEUED, to=State.CANCELED, happened=Happened("canceled", "x" * 900))
    assert len(task.events.get().text) == 500


@pytest.mark.parametrize("returning", [True, False])
def test_revisions_follow_each_other_with_or_without_returning(db, monkeypatch, returning):
    if not connection.features.can_return_columns_from_insert and returning:
        pytest.skip("this SQLite is older than 3.35")
    monkeypatch.setattr(connection.features, "can_return_columns_from_insert", returning)
    Counter.objects.filter(name="revision").delete()
    with transaction.atomic():
        first = next_revision()
        assert (first, next_revision(5), next_revision()) == (1, 6, 7)
    assert Counter.objects.get(name="revision").value == 7


def test_a_change_is_three_statements(alice, django_assert_num_queries):
    task = make_task(alice, "queued")
    # The revision, the row and its line in the timeline, between two of the savepoint.
    with django_assert_num_queries(5):
        assert change(task.pk, State.QUEUED, to=State.SUBMITTING, happened=Happened("x", "X"))
