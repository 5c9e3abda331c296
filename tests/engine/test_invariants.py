"""Each invariant is broken once by plain SQL, and named."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from generation.lifecycle import archive, dispatch
from generation.lifecycle.transitions import Happened, record
from generation.models import Counter, Output, Task
from generation.monitoring import invariants
from generation.monitoring.invariants import INVARIANTS, broken
from generation.monitoring.invariants.sending import may_have_arrived

AGES = timezone.now() - timedelta(days=2)


def sql(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        assert cursor.rowcount > 0


def set_task(task, **fields):
    names = ", ".join(f"{name} = %s" for name in fields)
    key = task.pk.hex if connection.vendor == "sqlite" else str(task.pk)
    sql(f"UPDATE generation_task SET {names} WHERE id = %s", *fields.values(), key)


def set_output(**fields):
    names = ", ".join(f"{name} = %s" for name in fields)
    sql(f"UPDATE generation_output SET {names}", *fields.values())


def tell(task, *words):
    for word in words:
        record(task.pk, task.state, Happened(word, "In a test."))


def names(**options):
    return {(one.task_id, one.name) for one in broken(**options)}


@pytest.mark.parametrize("state", Task.State.values)
def test_a_task_in_good_order_breaks_none(in_state, state):
    in_state(state)
    assert broken(files=True) == []


@pytest.mark.parametrize(
    ("state", "fields", "name"),
    [
        ("processing", {"remote_id": ""}, "known"),
        ("archiving", {"remote_id": ""}, "known"),
        ("completed", {"remote_id": ""}, "known"),
        ("processing", {"sent_at": None}, "known"),
        ("submitting", {"claimed_until": None}, "moves"),
        ("submitting", {"claimed_until": AGES}, "moves"),
        ("processing", {"next_poll_at": None}, "moves"),
        ("processing", {"next_poll_at": AGES}, "moves"),
        ("processing", {"deadline_at": None}, "moves"),
        ("processing", {"deadline_at": AGES}, "moves"),
        ("queued", {"next_attempt_at": AGES}, "moves"),
        ("failed", {"finished_at": None}, "ended"),
        ("queued", {"finished_at": AGES}, "ended"),
        ("queued", {"state": "canceled", "finished_at": AGES}, "told"),
        ("uncertain", {"reason": ""}, "explained"),
        ("uncertain", {"sent_at": None}, "explained"),
        ("canceled", {"sent_at": AGES}, "unsent"),
        ("failed", {"cost": "0.5"}, "charged"),
        ("failed", {"cost": "0"}, "charged"),
        ("failed", {"sent_at": None}, "charged"),
        ("failed", {"reason": "refused"}, "charged"),
        ("failed", {"reason": "refused", "remote_id": "remote-9"}, "charged"),
        ("failed", {"reason": "refused", "accepted_at": AGES}, "charged"),
    ],
)
def test_a_broken_task_is_named(in_state, state, fields, name):
    task = in_state(state)
    set_task(task, **fields)
    also = {(task.pk, "ledger")} if fields.get("cost") == "0.5" else set()
    assert names() == {(task.pk, name)} | also


@pytest.mark.parametrize(
    ("state", "fields", "name"),
    [
        ("completed", {"sha256": ""}, "saved"),
        ("completed", {"file": ""}, "saved"),
        ("completed", {"bytes": None}, "saved"),
        ("completed", {"state": "lost"}, "saved"),
        ("archiving", {"next_attempt_at": AGES}, "tried"),
        ("archiving", {"next_attempt_at": AGES + timedelta(days=9)}, "tried"),
        ("archiving", {"state": "stored"}, "tried"),
        ("lost", {"last_error": ""}, "lost"),
    ],
)
def test_a_broken_output_names_its_task(in_state, state, fields, name):
    task = in_state(state)
    set_output(**fields)
    assert names() == {(task.pk, name)}


def test_completed_without_any_file_is_named(in_state):
    task = in_state("completed")
    Output.objects.all().delete()
    assert names() == {(task.pk, "saved")}


def test_a_file_that_still_waits_for_an_ended_task_is_named(in_state):
    task = in_state("completed")
    set_output(state="pending")
    assert names() == {(task.pk, "saved"), (task.pk, "tried")}


def test_a_task_without_a_timeline_is_named(in_state):
    task = in_state("failed")
    task.events.all().delete()
    assert names() == {(task.pk, "told")}


def test_two_sends_are_named(in_state):
    task = in_state("processing")
    tell(task, "claimed", "sending", "accepted")
    assert names() == {(task.pk, "once")}
    assert "2 requests" in broken()[0].sentence


def test_a_cost_that_was_told_and_forgotten_is_named(in_state):
    task = in_state("completed", cost="0.2")
    record(task.pk, "completed", Happened("generated", "In a test.", {"cost": "0.2"}))
    assert names() == set()
    set_task(task, cost=None)
    assert names() == {(task.pk, "charged"), (task.pk, "ledger")}


def test_a_task_that_was_turned_away_is_free(in_state):
    task = in_state("failed", reason="refused")
    tell(task, "refused")
    assert names() == set()
    assert (task.charge, task.charged) == (0, False)


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("queued", 0),
        ("queued claimed refused", 0),
        ("claimed sending accepted", 1),
        ("claimed sending uncertain found", 1),
        ("claimed sending waits claimed sending accepted", 1),
        ("claimed sending waits claimed sending refused", 0),
        ("claimed sending claimed sending accepted", 2),
        ("claimed sending claimed refused", 1),
        ("claimed sending sending waits", 1),
    ],
)
def test_only_what_surely_did_not_arrive_is_not_counted(words, times):
    assert may_have_arrived(iter(words.split())) == times


def test_a_queued_task_that_waits_its_turn_is_fine(in_state):
    set_task(in_state("queued"), next_attempt_at=AGES)
    in_state("processing")
    assert broken() == []


def test_a_task_whose_key_is_to_be_left_alone_is_fine(in_state, team_key):
    set_task(in_state("processing"), next_poll_at=AGES)
    team_key.polls_wait_until = timezone.now() + timedelta(hours=1)
    team_key.save(update_fields=["polls_wait_until"])
    assert broken() == []


def test_missing_and_short_files_are_found_when_asked(in_state):
    missing, short = in_state("completed"), in_state("completed")
    default_storage.delete(missing.outputs.get().file.name)
    Output.objects.filter(task=short).update(bytes=7)
    assert broken() == []
    assert names(files=True) == {(missing.pk, "files"), (short.pk, "files")}


def test_old_tasks_are_looked_at_only_when_asked(in_state):
    task = in_state("failed")
    set_task(task, cost="0.5")
    Counter.objects.filter(name="revision").update(value=invariants.RECENT + task.revision)
    assert broken() == []
    assert names(everything=True) == {(task.pk, "charged"), (task.pk, "ledger")}


def test_a_running_task_is_always_polled(in_state):
    task = in_state("processing")
    set_task(task, next_poll_at=None)
    Counter.objects.filter(name="revision").update(value=10**6)
    assert names() == {(task.pk, "moves")}


def test_the_time_can_be_given(in_state):
    task = in_state("processing")
    assert broken() == []
    assert names(now=timezone.now() + timedelta(hours=1)) == {(task.pk, "moves")}


def test_every_invariant_is_a_sentence_with_a_name_of_its_own():
    assert len({one.name for one in INVARIANTS}) == len(INVARIANTS)
    assert all(one.sentence.endswith(".") for one in INVARIANTS)


def test_queries_do_not_grow_with_the_tasks(in_state, django_assert_max_num_queries):
    for _ in range(3):
        for state in Task.State.values:
            in_state(state)
    with django_assert_max_num_queries(25):
        assert broken() == []


def test_a_real_life_breaks_none(sandbox, submitted, poll):
    """Checked after every step of a clean run against the real sandbox."""
    task = submitted()
    assert broken() == []
    dispatch.dispatch_due()
    assert broken() == []
    while poll(task).state == "processing":
        assert broken() == []
    assert broken() == []
    archive.archive_due()
    task.refresh_from_db()
    assert task.state == "completed"
    assert broken(files=True, everything=True) == []


def doctor(*options):
    out = StringIO()
    with pytest.raises(CommandError, match="to mend"):  # there are no workers here
        call_command("doctor", *options, stdout=out)
    return out.getvalue()


def test_the_doctor_names_the_task(in_state, gateway):
    task = in_state("processing")
    assert "as promised." in doctor()
    set_task(task, next_poll_at=None)
    told = doctor("--all", "--files")
    assert f"Task {task.pk} (moves): Nobody polls it any more." in told
    assert "as promised" not in told
