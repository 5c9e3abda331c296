"""The trash: hidden at once, back at once, and after 30 days without files, but never without its row."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from generation.jobs import reconcile
from generation.lifecycle import trash
from generation.models import AuditEvent, Favourite, LedgerEntry, Task
from generation.monitoring.invariants import saving
from generation.monitoring.invariants.scope import Scope
from generation.people.storage_use import measure
from tests.factories import make_output, make_task


@pytest.fixture
def result(alice):
    task = make_task(alice, cost=Decimal("0.2"), finished_at=timezone.now())
    make_output(task)
    return task


def shown(client, address="/tasks/"):
    return client.get(address).content.decode().count("<article")


def move(client, *tasks, **headers):
    data = {"action": "trash", "tasks": [str(task.pk) for task in tasks]}
    return client.post("/tasks/bulk/", data, headers=headers)


def test_it_leaves_every_list_and_comes_back_by_one_press(client_for, alice, bob, result):
    mine, theirs = client_for(alice), client_for(bob)
    Favourite.objects.create(member=bob, task=result, made_at=result.created_at)
    revision = theirs.get("/tasks/").context["live"]["cursor"]
    answer = move(mine, result, hx_request="true")
    assert str(result.pk) in answer["HX-Trigger"]
    undo = answer.content.decode().split('name="at" value="')[1].split('"')[0]
    assert shown(mine) == shown(theirs) == shown(theirs, "/tasks/?favourite=1") == 0
    # A page that is open is told; what is in the trash is its owner's alone.
    assert str(result.pk) in theirs.get(f"/tasks/changes/?since={revision}")["HX-Trigger"]
    assert mine.get(f"/tasks/{result.pk}/").status_code == 200
    assert theirs.get(f"/tasks/{result.pk}/").status_code == 404
    assert theirs.get(f"/media/outputs/{result.outputs.get().pk}/").status_code == 404
    assert "A calm sea" in mine.get("/trash/").content.decode()
    assert "A calm sea" not in theirs.get("/trash/").content.decode()

    assert theirs.post("/trash/undo/", {"at": undo}).status_code == 302
    assert shown(mine) == 0
    assert mine.post("/trash/undo/?whose=mine", {"at": undo}).url == "/tasks/?whose=mine"
    assert shown(mine) == shown(theirs) == 1


@pytest.mark.parametrize("state", ["queued", "submitting", "processing", "archiving", "uncertain"])
def test_nothing_under_way_is_moved_nor_anything_with_it(client_for, alice, result, state):
    running = make_task(alice, state, params={"prompt": "A storm"})
    answer = move(client_for(alice), result, running)
    assert answer.status_code == 422
    assert "“A storm” is not finished yet" in answer.content.decode()
    assert client_for(alice).post(f"/tasks/{running.pk}/trash/").status_code == 302
    assert not Task.objects.in_trash().exists()


def test_an_admin_moves_what_is_of_another_and_that_is_written_down(
    client_for, alice, admin, result
):
    assert move(client_for(admin), result).status_code == 302
    assert AuditEvent.objects.get().what == "task.trashed"
    assert client_for(admin).post(f"/tasks/{result.pk}/restore/").status_code == 302
    assert AuditEvent.objects.filter(what="task.untrashed").exists()
    assert shown(client_for(alice)) == 1


def test_each_way_an_admin_brings_back_what_is_of_another_is_written_down(
    client_for, alice, admin, result
):
    other, own = make_task(alice, visibility="private"), make_task(admin)
    trash.move([result.pk, other.pk, own.pk])
    moment = Task.objects.get(pk=other.pk).trashed_at
    client, both = client_for(admin), [str(result.pk), str(own.pk)]
    assert client.post("/trash/restore/", {"tasks": both}).status_code == 302
    assert AuditEvent.objects.get(what="task.untrashed").target == str(result.pk)
    client.post("/trash/undo/", {"at": moment.isoformat()})
    assert not Task.objects.in_trash().exists()
    written = AuditEvent.objects.filter(what="task.untrashed", who=admin)
    assert {row.target for row in written} == {str(result.pk), str(other.pk)}


def test_restored_by_selection_alone_what_is_ones_own(client_for, alice, bob, result):
    other = make_task(bob)
    move(client_for(alice), result)
    move(client_for(bob), other)
    client = client_for(alice)
    assert client.post("/trash/restore/").status_code == 422
    both = {"tasks": [str(result.pk), str(other.pk)]}
    assert client.post("/trash/restore/", both).status_code == 404
    assert client.post("/trash/restore/", {"tasks": [str(result.pk)]}).status_code == 302
    assert list(Task.objects.in_trash()) == [other]


def test_emptied_its_files_are_gone_and_row_and_money_stay(client_for, alice, bob, result):
    other = make_task(bob)
    make_output(other)
    measure()
    output, lines = result.outputs.get(), LedgerEntry.objects.count()
    names = [output.file.name, output.poster.name]
    for who, task in ((alice, result), (bob, other)):
        move(client_for(who), task)
    before = client_for(alice).get("/usage/export.csv").getvalue()
    assert client_for(alice).post("/trash/empty/").status_code == 302
    assert not any(default_storage.exists(name) for name in names)
    assert default_storage.exists(other.outputs.get().file.name)
    result.refresh_from_db()
    output.refresh_from_db()
    assert (output.state, output.file.name) == ("purged", "")
    assert result.charge == Decimal("0.2")
    assert LedgerEntry.objects.count() == lines
    assert client_for(alice).get("/usage/export.csv").getvalue() == before
    alice.refresh_from_db()
    assert alice.stored_bytes == 0
    assert list(saving.saved(Scope(Task.objects.all(), timezone.now()))) == []
    # Its page says so, and nothing brings it back.
    page = client_for(alice).get(f"/tasks/{result.pk}/").content.decode()
    assert "Its files were deleted" in page
    client_for(alice).post(f"/tasks/{result.pk}/restore/")
    assert shown(client_for(alice)) == 0


def test_a_worker_purges_what_has_been_there_for_thirty_days(alice, result, monkeypatch):
    young = make_task(alice)
    trash.move([result.pk, young.pk])
    Task.objects.filter(pk=result.pk).update(trashed_at=timezone.now() - timedelta(days=30))
    deleted = []

    def fails(self, name):
        deleted.append(name)
        raise OSError("no storage")

    with monkeypatch.context() as patch:
        patch.setattr(type(default_storage._wrapped), "delete", fails)
        trash.purge_due()
    # A storage that does not answer loses nothing.
    assert deleted
    assert Task.objects.in_trash().count() == 2
    reconcile()
    assert list(Task.objects.in_trash()) == [young]
    assert not default_storage.exists(result.outputs.get().file.name or "none")


def test_of_many_a_worker_deletes_the_rest(client_for, alice, bob, monkeypatch):
    monkeypatch.setattr(trash, "EMPTIED_AT_ONCE", 1)
    other = make_task(bob)
    trash.move([other.pk, *(make_task(alice).pk for _ in range(3))])
    answer = client_for(alice).post("/trash/empty/", follow=True).content.decode()
    assert "The files of 3 results are being deleted" in answer
    assert Task.objects.filter(owner=alice, purged_at=None).count() == 2
    trash.purge_due()
    assert list(Task.objects.in_trash()) == [other]


def test_pages_of_the_trash_follow_each_other(client_for, alice, monkeypatch):
    monkeypatch.setattr("generation.gallery.trashed.PAGE", 2)
    tasks = [make_task(alice, params={"prompt": f"Sea {n}"}) for n in range(3)]
    trash.move([task.pk for task in tasks])
    client = client_for(alice)
    first = client.get("/trash/")
    second = client.get("/trash/", {"before": first.context["older"]})
    titles = [item.title for page in (first, second) for item in page.context["items"]]
    assert sorted(titles) == ["Sea 0", "Sea 1", "Sea 2"]
    assert second.context["older"] == ""


def test_who_has_no_room_left_submits_nothing_until_there_is_some(
    client_for, alice, team_key, result, settings
):
    settings.STORAGE_MB_PER_MEMBER = 1
    alice.stored_bytes = 1_200_000
    alice.save(update_fields=["stored_bytes"])
    client, count = client_for(alice), Task.objects.count()
    form = {"model": "viduq1", "prompt": "x"}
    answer = client.post(f"/tasks/{result.pk}/vary/", form, follow=True)
    assert "1.1 MB of the 1.0 MB that a member may have" in " ".join(
        answer.content.decode().replace("\xa0", " ").split()
    )
    assert Task.objects.count() == count
    settings.STORAGE_MB_PER_MEMBER = 2
    client.post(f"/tasks/{result.pk}/vary/", form)
    assert Task.objects.count() == count + 1
