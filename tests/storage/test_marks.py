"""With files in a bucket the marks lie there, where every machine sees them."""

from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError
from django.utils import timezone
from storages.backends.s3 import S3Storage

from generation.lifecycle import external_marks, hold
from generation.models import Lease, Task, TaskEvent
from generation.supervisor import bootstrap
from tests.factories import make_task


def test_each_machine_has_its_own_and_sees_all(bucket, keys_in, alice, settings):
    make_task(alice, "completed")
    for name in ("one", "two"):
        settings.HOST_NAME = name
        assert hold.check() == 0
    assert len([key for key in keys_in(bucket) if "/marks/" in key]) == 2
    assert len(external_marks.read()) == 2
    assert not (settings.DATA_DIR / external_marks.NAME).exists()


def test_a_machine_that_comes_later_needs_no_mark_of_its_own(bucket, alice, settings):
    make_task(alice, "queued")
    hold.check()
    settings.HOST_NAME = "another"
    settings.DATA_DIR = settings.DATA_DIR / "another"
    assert hold.check() == 0
    assert not Task.objects.held().exists()


def test_what_one_machine_noted_holds_on_another_and_only_once(bucket, alice, settings):
    make_task(alice, "queued")
    settings.HOST_NAME = "one"
    hold.check()
    newer = external_marks.Line(10**6, "f" * 32)
    external_marks.move_up(external_marks.Mark(claimed=newer))
    settings.HOST_NAME = "two"
    assert hold.check() == 1
    make_task(alice, "queued")
    for name in ("two", "one", "three"):
        settings.HOST_NAME = name
        assert hold.check() == 0


@pytest.mark.parametrize("call", ["listdir", "_open"])
def test_a_bucket_that_does_not_answer_is_an_error_not_a_missing_mark(
    bucket, alice, monkeypatch, call
):
    make_task(alice, "queued")
    hold.check()

    def silent(self, *arguments):
        raise EndpointConnectionError(endpoint_url="https://s3.example")

    monkeypatch.setattr(S3Storage, call, silent)
    with pytest.raises(OSError, match="the bucket cannot be used"):
        hold.check()
    assert not Task.objects.held().exists()


@pytest.fixture
def gone(bucket, alice, settings, time_machine):
    """A mark of a machine that was switched off, and a line that another wrote much later."""
    time_machine.move_to(timezone.now(), tick=False)
    note("gone", alice, settings)
    time_machine.shift(external_marks.KEPT_FOR + timedelta(hours=1))
    note("here", alice, settings)


def note(host, owner, settings):
    """That machine takes a task to send it, and notes it."""
    settings.HOST_NAME = host
    task = make_task(owner, "submitting")
    event = task.events.create(at=timezone.now(), kind="claimed", state="submitting", text="")
    hold.check()
    external_marks.move_up(hold.mark_of(task))
    return event


def count(keys_in, bucket):
    return len([key for key in keys_in(bucket) if "/marks/" in key])


def test_a_mark_of_a_machine_that_is_gone_is_removed(gone, keys_in, bucket):
    assert count(keys_in, bucket) == 2
    assert hold.remove_old_marks() == 1
    assert count(keys_in, bucket) == 1
    assert external_marks.own() in external_marks.read()
    assert hold.remove_old_marks() == 0


def test_a_supervisor_that_starts_removes_it(gone, keys_in, bucket):
    bootstrap.check_for_rollback(print)
    assert count(keys_in, bucket) == 1


def test_a_database_set_back_behind_a_removed_mark_is_noticed(gone, alice, settings):
    hold.remove_old_marks()
    make_task(alice, "queued")
    TaskEvent.objects.all().delete()
    assert hold.check() >= 1
    assert Task.objects.held().exists()


@pytest.mark.parametrize("why", ["young", "living", "knows more", "as old as ours", "unknown line"])
def test_no_mark_that_may_matter_is_removed(
    gone, keys_in, bucket, alice, settings, time_machine, why
):
    if why == "young":
        time_machine.shift(-timedelta(hours=2))
    elif why == "living":
        Lease.objects.create(name="cluster:poll@gone", expires_at=timezone.now())
    elif why == "knows more":
        settings.HOST_NAME = "gone"
        external_marks.move_up(external_marks.Mark(claimed=external_marks.Line(10**6, "f" * 32)))
        time_machine.shift(2 * external_marks.KEPT_FOR)
        settings.HOST_NAME = "here"
    elif why == "as old as ours":
        TaskEvent.objects.update(at=timezone.now() - external_marks.KEPT_FOR)
        external_marks.replace_all(hold._mark())
        time_machine.shift(2 * external_marks.KEPT_FOR)
    else:
        TaskEvent.objects.all().delete()
    assert hold.remove_old_marks() == 0
    assert count(keys_in, bucket) == 2


def test_a_file_beside_the_database_is_never_removed(alice, settings):
    note("alone", alice, settings)
    assert hold.remove_old_marks() == 0
    assert external_marks.own()
