"""Archived subjects: their handles are free, what was made with them stays, and they come back."""

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from generation.models import AuditEvent, Subject, Task
from tests.factories import make_subject

MODEL = "viduq2_pro_fast_reference2video"


def archive(client, handle="anna"):
    assert client.post(reverse("subject-archive", args=[handle])).status_code == 302


def restore(client, subject, handle="anna"):
    return client.post(reverse("subject-restore", args=[subject.pk]), {"handle": handle})


@pytest.fixture
def old(client_for, alice):
    """An archived subject of alice, @anna, which the team saw."""
    made = make_subject(alice, "anna")
    archive(client_for(alice))
    made.refresh_from_db()
    return made


@pytest.mark.parametrize("visibility", ["team", "private"])
@pytest.mark.parametrize("name", ["alice", "bob"])
def test_an_archived_handle_is_free(client_for, alice, bob, name, visibility):
    made = make_subject(alice, "anna", visibility=visibility)
    archive(client_for(alice))
    user = alice if name == "alice" else bob
    kept = make_subject(user, "other").images.get().image_id
    form = {"handle": "anna", "title": "New", "visibility": visibility, "image_ids": [str(kept)]}
    assert client_for(user).post("/subjects/", form).status_code == 302
    assert Subject.objects.current().get(handle="anna") != made


def test_two_archived_ones_may_have_had_one_handle(client_for, alice, old):
    make_subject(alice, "anna")
    archive(client_for(alice))
    assert Subject.objects.filter(handle="anna").exclude(archived_at=None).count() == 2


def test_one_with_a_word_of_the_app_comes_back_under_it_and_no_other_takes_it(client_for, alice):
    """It may have had its handle before that became a word of the app."""
    word, other = (
        make_subject(alice, handle, archived_at=timezone.now()) for handle in ("new", "anna")
    )
    client = client_for(alice)
    assert restore(client, other, "new").status_code == 422
    assert restore(client, word, "new").status_code == 302
    assert Subject.objects.current().get() == word


def test_two_current_ones_may_not(alice, old):
    make_subject(alice, "anna")
    with pytest.raises(IntegrityError):
        Subject.objects.filter(pk=old.pk).update(archived_at=None)


def test_old_tasks_keep_who_they_mention(client_for, alice, bob, team_key, old):
    Subject.objects.update(archived_at=None)
    client = client_for(alice)
    data = {"model": MODEL, "prompt": "@anna waves", "subjects": "anna"}
    assert client.post("/tasks/", data).status_code == 303
    task = Task.objects.get()
    pictures = [given.image_id for given in task.images.all()]
    archive(client)
    new = make_subject(bob, "anna")
    assert task.subjects.get().subject == old
    page = client.get(task.get_absolute_url()).content.decode()
    assert "@anna" in page
    Task.objects.update(state="failed", finished_at=timezone.now())
    client.post(reverse("task-again", args=[task.pk]))
    again = Task.objects.exclude(pk=task.pk).get()
    assert again.subjects.get().subject == old
    assert [given.image_id for given in again.images.all()] == pictures
    assert client.post("/tasks/", data | {"anyway": "1"}).status_code == 303
    assert Task.objects.latest("created_at").subjects.get().subject == new


def test_it_comes_back_as_it_was(client_for, alice, old):
    client = client_for(alice)
    page = client.get("/subjects/?whose=archived").content.decode()
    assert reverse("subject-restore", args=[old.pk]) in page
    assert restore(client, old).status_code == 302
    assert Subject.objects.current().get() == old
    assert AuditEvent.objects.latest("at").what == "subject.restored"
    assert client.get("/subjects/anna/").status_code == 200
    assert "Bring back" not in client.get("/subjects/?whose=archived").content.decode()


def test_a_taken_handle_asks_for_another(client_for, alice, bob, old):
    make_subject(bob, "anna")
    client = client_for(alice)
    refused = restore(client, old)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "The team has a subject @anna already. Choose another handle." in page
    assert f'id="handle-{old.pk}-error"' in page
    assert 'aria-invalid="true"' in page
    old.refresh_from_db()
    assert old.archived_at
    assert restore(client, old, "@anna_old").status_code == 302
    assert set(Subject.objects.current().values_list("handle", flat=True)) == {"anna", "anna_old"}


@pytest.mark.parametrize("handle", ["", "An na", "x" * 33])
def test_what_is_no_handle_is_refused(client_for, alice, old, handle):
    assert restore(client_for(alice), old, handle).status_code == 422
    old.refresh_from_db()
    assert (old.handle, bool(old.archived_at)) == ("anna", True)


def test_a_handle_taken_in_the_same_moment_is_refused(client_for, alice, bob, old, monkeypatch):
    make_subject(bob, "anna")
    monkeypatch.setattr("generation.forms.subjects.taken", lambda *_, **__: "")
    refused = restore(client_for(alice), old)
    assert refused.status_code == 422
    assert "taken a moment ago" in refused.content.decode()


def test_it_is_for_its_owner_and_for_admins(client_for, alice, bob, admin, old):
    Subject.objects.update(title="A dear old friend")
    assert (
        "A dear old friend" not in client_for(bob).get("/subjects/?whose=archived").content.decode()
    )
    assert restore(client_for(bob), old).status_code == 404
    assert (
        "A dear old friend" in client_for(admin).get("/subjects/?whose=archived").content.decode()
    )
    assert restore(client_for(admin), old).status_code == 302


def test_nobody_elses_private_one_is_shown_or_brought_back(client_for, alice, admin, old):
    Subject.objects.update(visibility="private", title="Secret plan")
    assert "Secret plan" not in client_for(admin).get("/subjects/?whose=archived").content.decode()
    assert restore(client_for(admin), old).status_code == 404


def test_a_current_one_is_not_brought_back(client_for, alice):
    assert restore(client_for(alice), make_subject(alice, "anna"), "other").status_code == 404
    assert Subject.objects.get().handle == "anna"
