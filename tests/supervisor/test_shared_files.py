"""Two machines that do not share their files: the second does not start, and all are told."""

import logging
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from generation.management.commands import doctor
from generation.models import Lease
from generation.models.lease import REMEMBERED
from generation.monitoring import names, sharing
from generation.monitoring.sharing import SharingWatch
from generation.supervisor.bootstrap import require_shared_files
from generation.supervisor.services import StartupError


@pytest.fixture(autouse=True)
def _several(db, monkeypatch):
    monkeypatch.setattr(sharing, "may_be_several", lambda: True)
    # The connection is the test's, and its thread is this one.
    monkeypatch.setattr("generation.monitoring.sharing.close_old_connections", lambda: None)
    monkeypatch.setattr("generation.monitoring.sharing.connection", SimpleNamespace(close=list))


class Machine(SharingWatch):
    def start(self):
        """What a start does, without the thread: the test checks by itself."""
        require_shared_files()


@pytest.fixture
def machine(settings, tmp_path):
    """Makes this process that machine, with its files there."""

    def machine(name, folder):
        settings.HOST_NAME = name
        settings.MEDIA_ROOT = tmp_path / folder
        return Machine()

    return machine


def test_one_machine_is_never_accused(machine):
    machine("one", "here").start()
    machine("one", "moved").start()
    assert sharing.unhealthy_reason() == ""
    default_storage.delete(sharing.MARKER)
    machine("one", "moved").start()
    assert sharing.unhealthy_reason() == ""


def test_machines_that_share_their_files_start(machine):
    machine("one", "shared").start()
    machine("two", "shared").start()
    assert sharing.places() == [["one", "two"]]
    assert list(doctor.shared_files()) == [(True, "2 machines keep their files in the same place.")]


def test_a_second_machine_with_files_of_its_own_does_not_start(machine):
    machine("one", "here").start()
    with pytest.raises(StartupError, match=r"different places \(one; two\).*STORAGE_URL"):
        machine("two", "there").start()
    assert sharing.places() == [["one"]]


def test_it_starts_once_the_others_are_gone(machine, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    machine("one", "here").start()
    time_machine.shift(names.NOTED_FOR)
    machine("two", "there").start()
    assert sharing.unhealthy_reason() == ""


def test_what_happens_later_is_told_everywhere(machine, client_for, admin, caplog):
    first = machine("one", "here")
    first.start()
    Lease.objects.create(
        name="files@two", token="other", expires_at=timezone.now() + names.NOTED_FOR
    )
    with caplog.at_level(logging.ERROR):
        first.check()
    assert "different places (one; two)" in caplog.text
    ((good, sentence),) = doctor.shared_files()
    assert not good
    assert "STORAGE_URL" in sentence
    assert "different places" in client_for(admin).get("/engine/").content.decode()


def test_a_machine_that_stops_is_nobodys_neighbour(machine):
    watch = machine("one", "here")
    watch.start()
    watch._stopped.set()
    watch._run()
    assert sharing.places() == []


def test_a_storage_that_fails_stops_nothing(machine, monkeypatch, caplog):
    monkeypatch.setattr(sharing, "storage_id", lambda: (_ for _ in ()).throw(OSError("full")))
    watch = machine("one", "here")
    watch.start()
    watch.check()
    assert caplog.text.count("cannot tell") == 2
    assert sharing.places() == []


def test_old_rows_are_swept(machine):
    Lease.objects.create(name="files@gone", token="x", expires_at=timezone.now() - 2 * REMEMBERED)
    machine("one", "here").start()
    assert not Lease.objects.filter(name="files@gone").exists()
