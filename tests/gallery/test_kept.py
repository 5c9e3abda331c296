"""What counts as kept, and that one definition says so however it is asked."""

import pytest

from generation.gallery.collecting import called
from generation.gallery.remarks import like, rate
from generation.gallery.reviewing import review
from generation.gallery.sharing import Wish, share
from generation.models import Download, KeptResult, Task
from generation.models.kept import is_kept, kept
from tests.factories import make_output, make_task


@pytest.fixture
def made(alice):
    found = [make_task(alice) for _ in range(7)]
    for task in found:
        make_output(task)
    return found


def agreed():
    """The kept tasks, and that all three say the same."""
    found = {task.pk for task in Task.objects.all() if is_kept(task)}
    assert set(Task.objects.filter(kept()).values_list("pk", flat=True)) == found
    assert set(KeptResult.objects.values_list("pk", flat=True)) == found
    return found


def test_a_heart_an_approval_a_collection_or_a_download_keeps_it(client_for, alice, bob, made):
    hearted, approved, collected, downloaded, rejected, starred, all_ways = made
    assert agreed() == set()
    like(hearted, bob, True)
    review(approved, bob, "approved")
    review(rejected, bob, "rejected")
    rate(starred, bob, 5)
    called(alice, "Best").items.create(task=collected, position=1)
    client_for(bob).get(f"/media/outputs/{downloaded.outputs.get().pk}/?download=1")
    client_for(bob).get(f"/media/outputs/{starred.outputs.get().pk}/")
    assert agreed() == {hearted.pk, approved.pk, collected.pk, downloaded.pk}
    like(all_ways, bob, True)
    like(all_ways, alice, True)
    review(all_ways, bob, "approved")
    assert len(agreed()) == 5
    like(hearted, bob, False)
    review(approved, bob, "needs-work")
    called(alice, "Best").delete()
    assert agreed() == {downloaded.pk, all_ways.pk}


def test_downloads_are_noted_once_whichever_way_they_go(client_for, client, alice, bob, made):
    client_bob = client_for(bob)
    first, second, third, *_, nothing = made
    nothing.outputs.all().delete()
    address = f"/media/outputs/{first.outputs.get().pk}/?download=1"
    client_bob.head(address)
    assert not Download.objects.exists()
    for headers in ({}, {"range": "bytes=0-9"}):
        client_bob.get(address, headers=headers)
    client_for(alice).get(address)
    assert Download.objects.get().by == bob
    tasks = {"tasks": [first.pk, second.pk, nothing.pk]}
    answer = client_for(alice).post("/tasks/zip/", tasks)
    assert answer.status_code == 200
    assert answer.getvalue()
    for close in answer._resource_closers:
        close()
    assert set(Download.objects.values_list("task", "by")) == {
        (first.pk, bob.pk),
        (second.pk, alice.pk),
    }
    _, token = share(alice, third, Wish())
    file = f"/share/{token}/{third.outputs.get().pk}/"
    client.get(file)
    assert not Download.objects.filter(task=third).exists()
    client.get(f"{file}?download=1")
    assert Download.objects.get(task=third).by is None
    made_at = Download.objects.values_list("made_at", "task__created_at")
    assert all(one == other for one, other in made_at)
