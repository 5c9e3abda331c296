"""Prepared statements do what the QuerySets do of which they are made."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation.models import ApiKey, Task, TaskEvent
from generation.workers.prepared_queries import Insert, Rows, Write, padded
from tests.factories import make_key, make_task

pytestmark = pytest.mark.django_db


def test_each_call_has_its_own_values(alice):
    tasks = [make_task(alice, "queued") for _ in range(3)]
    by_key = Rows(lambda pk: Task.objects.filter(pk=pk).values_list("pk", "state"))
    assert [by_key(task.pk) for task in tasks] == [[(task.pk, "queued")] for task in tasks]
    assert by_key.first(uuid4()) is None


def test_the_number_of_values_may_differ(alice):
    tasks = [make_task(alice) for _ in range(4)]
    some = Rows(lambda *pks: Task.objects.filter(pk__in=pks).values_list("pk", flat=True))
    for number in (1, 3, 2, 4):
        wanted = {task.pk for task in tasks[:number]}
        assert set(some(*wanted)) == wanted


def test_few_different_numbers_of_values_serve_for_many():
    lists = [padded(range(number)) for number in range(65)]
    assert [set(values) for values in lists] == [set(range(number)) for number in range(65)]
    assert {len(values) for values in lists} == {0, 1, 2, 4, 8, 16, 32, 64}


def test_objects_come_whole_with_what_belongs_to_them(alice, django_assert_num_queries):
    task = make_task(alice, "queued", key=make_key(), params={"prompt": "a boat", "duration": 5})
    whole = Rows(lambda pk: Task.objects.select_related("key").filter(pk=pk))
    whole.first(task.pk)
    with django_assert_num_queries(1):
        found = whole.first(task.pk)
        assert found.key == task.key
    plain = Task.objects.get(pk=task.pk)
    for field in Task._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(plain, field.attname), field.attname


def test_a_row_that_is_not_there_is_known_not_to_be(alice, django_assert_num_queries):
    task = make_task(alice)
    whole = Rows(lambda pk: Task.objects.select_related("long_text").filter(pk=pk))
    with django_assert_num_queries(1):
        assert whole.first(task.pk).whole_params() == task.params


def test_the_time_is_a_value(alice):
    due = Rows(Task.objects.due_to_send)
    now = timezone.now()
    assert not due.any(now)
    task = make_task(alice, "queued", next_attempt_at=now + timedelta(hours=1))
    assert not due.any(now)
    assert due.any(now + timedelta(hours=2))
    assert due(now + timedelta(hours=2)) == [task]


def test_what_changes_by_itself_is_refused(alice):
    with pytest.raises(ValueError, match="something else changes"):
        Rows(lambda: Task.objects.filter(remote_id=uuid4().hex))()
    with pytest.raises(ValueError, match="something else changes"):
        Rows(lambda pk: Task.objects.all())(uuid4())


@pytest.mark.parametrize("value", [None, True, 1.5])
def test_values_that_could_be_compiled_in_another_way_are_refused(value):
    with pytest.raises(TypeError):
        Rows(lambda limit: ApiKey.objects.filter(max_in_flight=limit))(value)


def test_a_value_that_is_none_later_is_refused_too(alice):
    keys = Rows(lambda label: ApiKey.objects.filter(label=label))
    keys("x")
    with pytest.raises(TypeError):
        keys(None)


def test_writes_reach_only_what_they_name(alice):
    mine, other = make_task(alice, "queued", attempts=2), make_task(alice, "queued", attempts=2)
    write = Write(
        lambda pk, attempts: Task.objects.filter(pk=pk, attempts=attempts),
        attempts=F("attempts") + 1,
        reason="busy",
    )
    now = timezone.now()
    assert write(mine.pk, 2, claimed_until=now, progress=0.5) == 1
    assert write(mine.pk, 2, claimed_until=now, progress=0.5) == 0
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.attempts, mine.reason, mine.claimed_until, mine.progress) == (3, "busy", now, 0.5)
    assert (other.attempts, other.reason, other.claimed_until) == (2, "", None)


def test_a_field_may_be_set_and_cleared_by_the_same_write(alice):
    task, now = make_task(alice, "queued"), timezone.now()
    write = Write(lambda pk: Task.objects.filter(pk=pk))
    for sent_at in (now, None, now + timedelta(seconds=1), None):
        assert write(task.pk, sent_at=sent_at, error_message=f"at {sent_at}") == 1
        task.refresh_from_db()
        assert (task.sent_at, task.error_message) == (sent_at, f"at {sent_at}")


def test_each_kind_of_value_is_stored_as_the_orm_stores_it(alice):
    ours, theirs = make_task(alice), make_task(alice)
    fields = {
        "state": Task.State.FAILED,
        "cost": "0.125000",
        "http_status": 404,
        "progress": 0.25,
        "finished_at": timezone.now(),
        "params": {"prompt": "a “boat”", "list": [1, None, True]},
        "was_held": True,
        "key_id": make_key().pk,
    }
    Write(lambda pk: Task.objects.filter(pk=pk))(ours.pk, **fields)
    Task.objects.filter(pk=theirs.pk).update(**fields)
    ours.refresh_from_db()
    theirs.refresh_from_db()
    for name in fields:
        assert getattr(ours, name) == getattr(theirs, name), name


def test_a_new_row_is_as_the_orm_would_store_it(alice):
    task, insert = make_task(alice), Insert(TaskEvent)
    for number in range(2):
        fields = {
            "task": task,
            "at": timezone.now(),
            "kind": f"said {number}",
            "state": Task.State.PROCESSING,
            "text": "The gateway says “so”.",
            "detail": {"number": number, "jobs": ["a", "b"]},
        }
        event = TaskEvent(**fields, who=alice if number else None)
        insert(event)
        found = TaskEvent.objects.get(pk=event.pk)
        assert {name: getattr(found, name) for name in fields} == fields
        assert found.who == (alice if number else None)


def test_trouble_undoes_the_transaction_around_it(alice):
    first, second = (make_task(alice, "processing", remote_id=name) for name in ("1", "2"))
    write = Write(lambda pk: Task.objects.filter(pk=pk))

    def name_both():
        with transaction.atomic():
            write(first.pk, remote_id="3")
            write(second.pk, remote_id="3")

    with pytest.raises(IntegrityError):
        name_both()
    first.refresh_from_db()
    assert first.remote_id == "1"


def test_the_statement_is_the_one_that_django_makes(alice):
    pk, now = make_task(alice).pk, timezone.now()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        Write(lambda pk: Task.objects.filter(pk=pk))(pk, claimed_until=now, sent_at=None)
        Task.objects.filter(pk=pk).update(claimed_until=now, sent_at=None)
        Rows(lambda pk: Task.objects.filter(pk=pk).order_by("pk")[:3])(pk)
        list(Task.objects.filter(pk=pk).order_by("pk")[:3])
    ours, theirs, our_rows, their_rows = (query["sql"] for query in queries)
    assert (ours, our_rows) == (theirs, their_rows)
