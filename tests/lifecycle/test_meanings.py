"""One table says what each kind of event and each reason means; what follows from it, follows it."""

import importlib

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Q
from django.utils import timezone

from generation.models import EventKind, Output, Reason, Task, TaskEvent
from generation.models.event_kind import EVENTS, TROUBLE
from generation.models.meaning import Charged
from generation.models.reason import REASONS, meaning_of
from generation.monitoring.invariants.sending import may_have_arrived
from tests.factories import make_task


def test_every_kind_and_every_reason_has_its_row_and_no_row_has_none():
    assert list(EVENTS) == list(EventKind)
    assert list(REASONS) == list(Reason)
    assert all(meaning.sentence for meaning in (*EVENTS.values(), *REASONS.values()))


def test_what_pages_count_has_a_title_there():
    assert {kind for kind in EVENTS if EVENTS[kind].title} == set(TROUBLE)


def test_the_index_of_trouble_names_what_the_table_calls_trouble():
    state = MigrationLoader(None).project_state()
    indexes = state.models["generation", "taskevent"].options["indexes"]
    [index] = [index for index in indexes if index.name == "event_trouble"]
    assert index.condition == Q(kind__in=TROUBLE)


def test_a_kind_of_trouble_is_looked_for_in_its_index(db):
    found = TaskEvent.objects.trouble_since(timezone.now()).order_by()
    if connection.vendor == "sqlite":
        assert "event_trouble" in found.explain()
    with connection.cursor() as cursor:
        kept = connection.introspection.get_constraints(cursor, TaskEvent._meta.db_table)
    assert kept["event_trouble"]["columns"] == ["at"]


def test_stored_words_are_shown_as_they_are():
    assert [kind.label for kind in EventKind] == EventKind.values
    assert EventKind.choices[0] == ("queued", "queued")


@pytest.mark.parametrize("reason", [*Reason, ""])
def test_a_task_whose_request_left_is_free_only_for_a_reason_that_says_so(reason):
    task = Task(sent_at=timezone.now(), reason=reason)
    assert (task.charge == 0) == (meaning_of(reason).charged is Charged.NO)


@pytest.mark.parametrize("kind", EventKind)
def test_a_request_made_no_task_only_by_a_kind_that_says_so(kind):
    arrived = may_have_arrived(iter([EventKind.SENDING, kind]))
    again = kind == EventKind.SENDING
    assert arrived == (0 if EVENTS[kind].charged is Charged.NO else 1 + again)


def test_an_event_of_another_version_says_nothing():
    assert may_have_arrived(iter(["sending", "of-tomorrow"])) == 1


def test_what_the_timeline_counted_is_kept_with_the_file(alice):
    """The step of the migration, on rows as the version before it left them."""
    task, now = make_task(alice, "archiving"), timezone.now()
    for position, state in enumerate(("pending", "pending", "stored")):
        task.outputs.create(position=position, kind="image", expires_at=now, state=state)
    for detail in (
        {"gone": True, "file": 0},
        {"gone": True, "file": 0},
        {"gone": False, "file": 0},
        {"gone": True, "file": 2},
        {},
    ):
        task.events.create(at=now, kind="at-risk", state="archiving", detail=detail)
    task.events.create(at=now, kind="status", state="archiving", detail={"gone": True, "file": 1})
    migration = importlib.import_module("generation.migrations.0014_event_kinds")
    migration.count_what_was_gone(apps, None)
    counted = Output.objects.order_by("position").values_list("times_gone", flat=True)
    assert list(counted) == [2, 0, 0]
