"""Two machines of one name are noticed, and a machine that starts again is not accused."""

import pytest
from django.utils import timezone

from generation.management.commands import doctor
from generation.models import Lease
from generation.models.lease import REMEMBERED
from generation.monitoring import names, sharing
from generation.monitoring.names import Name


@pytest.fixture(autouse=True)
def _now(db, time_machine, settings):
    settings.HOST_NAME = "render"
    time_machine.move_to(timezone.now(), tick=False)


def test_one_machine_is_alone():
    machine = Name()
    for _ in range(3):
        machine.note()
    assert names.unhealthy_reason() == ""


def test_two_of_one_name_are_noticed_and_told(client_for, admin, monkeypatch):
    monkeypatch.setattr(sharing, "may_be_several", lambda: True)
    one, two = Name(), Name()
    one.note()
    two.note()
    assert names.shared() == []
    one.note()
    assert names.shared() == ["render"]
    assert "HOST_NAME of its own" in names.unhealthy_reason()
    assert (False, names.unhealthy_reason()) in list(doctor.shared_files())
    assert (
        "Two machines call themselves render" in client_for(admin).get("/engine/").content.decode()
    )


def test_it_is_forgotten_once_one_of_them_stops(time_machine):
    one, two = Name(), Name()
    for machine in (one, two, one):
        machine.note()
    two.forget()
    time_machine.shift(names.NOTED_FOR)
    one.note()
    assert names.unhealthy_reason() == ""


def test_one_that_stops_takes_no_others_row_away():
    one, two = Name(), Name()
    one.note()
    two.note()
    one.forget()
    two.note()
    assert names.unhealthy_reason() == ""
    assert Lease.objects.filter(name="self@render").exists()


def test_who_follows_a_killed_one_is_not_accused(time_machine):
    Name().note()
    follower = Name()
    for _ in range(3):
        follower.note()
        time_machine.shift(30)
    assert names.unhealthy_reason() == ""


def test_machines_of_other_names_do_not_matter(settings):
    one, two = Name(), Name()
    for _ in range(2):
        for machine, settings.HOST_NAME in ((one, "one"), (two, "two")):
            machine.note()
    assert names.unhealthy_reason() == ""


def test_a_supervisor_says_its_name_with_its_files():
    sharing.note()
    assert Lease.objects.filter(name="self@render").exists()
    sharing.forget()
    assert not Lease.objects.filter(name="self@render").exists()


def test_old_rows_are_swept(time_machine):
    for machine in (first := Name(), Name(), first):
        machine.note()
    time_machine.shift(2 * REMEMBERED)
    Name().note()
    assert Lease.objects.filter(name__contains="@").count() == 1
