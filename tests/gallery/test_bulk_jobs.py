"""Everything that matches: a few at once, many by a worker that tells how far it has come."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from generation.gallery import bulk_jobs, everything
from generation.gallery.filters import Filters
from generation.gallery.selection import Refused
from generation.models import AuditEvent, BulkJob, Collection, Favourite, Task, words
from tests.factories import make_task


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """As if two were many; and no worker comes by itself."""
    monkeypatch.setattr(bulk_jobs, "AT_ONCE", 2)
    woken = []
    monkeypatch.setattr(bulk_jobs, "wake", lambda job, pk: woken.append(pk))
    return woken


@pytest.fixture
def made(alice, bob):
    now = timezone.now() - timedelta(hours=1)
    tasks = [
        make_task((alice, bob)[number % 2], created_at=now - timedelta(minutes=number // 2))
        for number in range(7)
    ]
    make_task(alice, "processing", created_at=now)
    make_task(bob, visibility="private", created_at=now)
    return tasks


def press(client, htmx=False, query="", **data):
    headers = {"hx_request": "true"} if htmx else {}
    return client.post("/tasks/bulk/", {"all": "1", "query": query, **data}, headers=headers)


def finish(job):
    bulk_jobs.work(job.pk)
    job.refresh_from_db()
    return job


def test_many_are_done_by_a_worker_with_progress(client_for, alice, made, small):
    client = client_for(alice)
    answer = press(client, action="favourite", query="whose=all&sort=cost")
    job = BulkJob.objects.get()
    assert answer.url == f"/tasks/bulk/{job.pk}/"
    assert press(client, htmx=True, action="favourite")["HX-Redirect"] == answer.url
    assert small == [str(job.pk)]
    assert "0 of" not in client.get(answer.url).content.decode()
    assert "data-poll" in client.get(answer.url).content.decode()
    later = make_task(alice)
    finish(job)
    assert (job.seen, job.done, job.total) == (8, 8, 9)
    assert set(Favourite.objects.values_list("task", flat=True)) == set(
        Task.objects.visible_to(alice).exclude(pk=later.pk).values_list("pk", flat=True)
    )
    html = client.get(answer.url).content.decode()
    assert "data-poll" not in html
    assert "8 results" in html
    assert press(client, action="unfavourite", query="favourite=1").url != answer.url
    finish(BulkJob.objects.get(action="unfavourite"))
    assert not Favourite.objects.exists()


def test_what_may_not_be_done_is_left_and_counted(client_for, alice, made):
    client = client_for(alice)
    job = BulkJob.objects.get(pk=press(client, action="trash").url.split("/")[-2])
    finish(job)
    gone = Task.objects.in_trash()
    assert set(gone.values_list("owner__username", "trashed_at")) == {("alice", job.pressed_at)}
    assert (job.seen, job.done, gone.count()) == (8, 4, 4)
    html = client.get(f"/tasks/bulk/{job.pk}/").content.decode()
    assert "4 were left" in html
    assert f'name="at" value="{job.pressed_at.isoformat()}"' in html
    answer = client.post("/trash/undo/", {"at": job.pressed_at.isoformat()})
    back = BulkJob.objects.get(action="restore")
    assert answer.url == f"/tasks/bulk/{back.pk}/"
    assert (finish(back).done, Task.objects.in_trash().count()) == (4, 0)


def test_an_admins_reach_is_written_down(client_for, admin, bob, made):
    press(client_for(admin), action="trash", query="owner=bob")
    finish(BulkJob.objects.get())
    trashed = {str(task.pk) for task in Task.objects.in_trash()}
    assert len(trashed) == 3
    assert (
        set(
            AuditEvent.objects.filter(what="task.trashed", who=admin).values_list(
                "target", flat=True
            )
        )
        == trashed
    )


def test_whom_an_admin_lets_see_others_results_is_written_down(client_for, admin, bob, made):
    make_task(admin)
    press(client_for(admin), visibility="private", query="whose=all&state=completed")
    finish(BulkJob.objects.get())
    written = AuditEvent.objects.filter(what="task.visibility-changed", who=admin)
    assert set(written.values_list("target", flat=True)) == {str(task.pk) for task in made}


def test_few_are_done_at_once(client_for, alice, made):
    client = client_for(alice)
    query = f"until={timezone.localdate()}&state=completed&owner=bob&since=2020-01-01"
    monthly = everything.first(alice, Filters(whose="mine", state="processing"), 2)
    assert len(monthly) == 1
    assert press(client, action="favourite", query="whose=mine&state=processing").status_code == 302
    assert (Favourite.objects.count(), BulkJob.objects.count()) == (1, 0)
    press(client, title="All of bob’s", action="collect", query=query)
    assert Collection.objects.get().items.count() == 3
    assert not BulkJob.objects.exists()
    answer = client.post("/tasks/zip/?later=1", {"all": "1", "query": "owner=bob"})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"action": "burn"}, "Choose what to do with them."),
        ({"action": "restore"}, "Choose what to do with them."),
        ({"action": "visibility", "visibility": "world"}, "Choose"),
        ({"action": "trash", "query": "owner=nobody"}, "“nobody” is no member"),
        ({"action": "trash", "query": "tag=none"}, "Nothing matches."),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_begins(client_for, alice, made, data, sentence):
    answer = press(client_for(alice), htmx=True, **data)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not BulkJob.objects.exists()
    assert not Task.objects.in_trash().exists()


def test_more_than_a_zip_or_a_collection_takes_is_refused(client_for, alice, made, monkeypatch):
    monkeypatch.setattr("generation.gallery.selection.MOST", 2)
    monkeypatch.setattr("generation.views.zips.MOST", 2)
    monkeypatch.setattr("generation.views.bulk.MOST_ITEMS", 3)
    client = client_for(alice)
    refused = client.post("/tasks/zip/", {"all": "1"})
    assert (refused.status_code, b"More than 2 match" in refused.content) == (422, True)
    assert b"More than 3 match" in press(client, action="collect", title="Too many").content


def test_nobody_else_sees_it_and_who_has_left_does_no_more(client_for, alice, bob, admin, made):
    url = press(client_for(alice), visibility="private").url
    for who in (bob, admin):
        assert client_for(who).get(url).status_code == 404
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    job = finish(BulkJob.objects.get())
    assert (job.done, bool(job.finished_at)) == (0, True)
    assert not Task.objects.filter(visibility="private", owner=alice).exists()


def test_one_that_died_is_gone_on_with_and_does_nothing_twice(alice, made, small, monkeypatch):
    job = bulk_jobs.start(alice, "favourite", filters=Filters())
    monkeypatch.setattr(bulk_jobs, "ONE_TURN", -1)
    finish(job)
    assert (job.done, len(small)) == (2, 2)
    BulkJob.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))
    bulk_jobs.work(job.pk)
    bulk_jobs.wake_due()
    assert (Favourite.objects.count(), len(small)) == (2, 2)
    BulkJob.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    bulk_jobs.wake_due()
    assert len(small) == 3
    monkeypatch.setattr(bulk_jobs, "ONE_TURN", 60)
    assert (finish(job).done, Favourite.objects.count()) == (8, 8)
    BulkJob.objects.update(finished_at=timezone.now() - timedelta(days=8))
    bulk_jobs.wake_due()
    assert not BulkJob.objects.exists()


def test_filters_whose_meaning_has_gone_widen_nothing(client_for, alice, bob, made):
    press(client_for(alice), action="trash", query="owner=alice")
    job = BulkJob.objects.get()
    job.query = "owner=nobody"
    job.save()
    assert (finish(job).seen, Task.objects.in_trash().count()) == (0, 0)


def test_searches_and_costs_are_walked_too(alice, made):
    words.fill()
    Task.objects.filter(pk=made[0].pk).update(cost=Decimal(1))
    for filters in (Filters(q="sea"), Filters(prompt=made[0]), Filters(state="running")):
        job = finish(bulk_jobs.start(alice, "favourite", filters=filters))
        assert job.finished_at
    assert Favourite.objects.count() == 8
    with pytest.raises(Refused):
        everything.selection(alice, [])
