"""Collections: made from a selection, put in order by hand, and never more than one may see."""

import pytest
from django.utils import timezone

from generation.models import AuditEvent, Collection, CollectionItem, Task
from tests.factories import make_output, make_task


@pytest.fixture
def results(alice):
    tasks = [make_task(alice, params={"prompt": f"Sea {number}"}) for number in range(4)]
    for task in tasks:
        make_output(task)
    return tasks


def collect(client, tasks, **data):
    data = {"tasks": [str(task.pk) for task in tasks]} | data
    return client.post("/tasks/bulk/", data, headers={"hx_request": "true"})


def order(client, collection):
    page = client.get(f"/collections/{collection.pk}/")
    return [card.title[-1] for card in page.context["cards"]]


@pytest.fixture
def collection(client_for, alice, results):
    collect(client_for(alice), results, action="collect", title=" The  sea ")
    return Collection.objects.get(title="The sea")


def arrange(client, collection, **data):
    return client.post(f"/collections/{collection.pk}/arrange/", data)


def test_a_selection_goes_into_a_new_one_and_more_of_it_to_the_end(
    client_for, alice, collection, results
):
    client = client_for(alice)
    assert order(client, collection) == ["0", "1", "2", "3"]
    more = make_task(alice, params={"prompt": "Sea 9"})
    answer = collect(client, [results[0], more], collection=str(collection.pk))
    assert "1 result added to “The sea”" in answer.content.decode()
    assert order(client, collection) == ["0", "1", "2", "3", "9"]
    assert "already" in collect(client, [more], action="collect", title="The sea").content.decode()
    assert str(collection.pk) in client.get("/collections/choose/").content.decode()
    assert collect(client, [more], action="collect", title=" ").status_code == 422
    assert collect(client, [more], action="collect", title="x" * 81).status_code == 422
    assert collect(client, [more], action="collect", title="The\0sea").status_code == 422


def test_put_in_order_by_steps_by_places_and_by_what_is_seen(
    client_for, alice, collection, results
):
    client, pks = client_for(alice), [str(task.pk) for task in results]
    arrange(client, collection, earlier=pks[0])
    arrange(client, collection, earlier=pks[3])
    assert order(client, collection) == ["0", "1", "3", "2"]
    arrange(client, collection, later=pks[0])
    arrange(client, collection, task=pks[2], before=pks[1])
    assert order(client, collection) == ["2", "1", "0", "3"]
    arrange(client, collection, task=pks[2], before="")
    assert order(client, collection) == ["1", "0", "3", "2"]
    # What is in the trash keeps its place, and a step passes it.
    Task.objects.filter(pk=pks[3]).update(trashed_at=timezone.now())
    arrange(client, collection, later=pks[0])
    assert order(client, collection) == ["1", "2", "0"]
    Task.objects.update(trashed_at=None)
    assert sorted(order(client, collection)) == ["0", "1", "2", "3"]
    arrange(client, collection, out=pks[1])
    assert len(order(client, collection)) == 3
    assert Task.objects.count() == 4


def test_the_cover_stands_for_it_as_long_as_it_is_in_it(client_for, alice, collection, results):
    client = client_for(alice)

    def cover():
        (one,) = client.get("/collections/").context["summaries"]
        return one.cover

    assert cover() == results[0]
    arrange(client, collection, cover=str(results[2].pk))
    assert cover() == results[2]
    arrange(client, collection, cover=str(make_task(alice).pk))
    assert cover() == results[2]
    Task.objects.filter(pk=results[2].pk).update(trashed_at=timezone.now())
    assert cover() == results[0]
    arrange(client, collection, out=str(results[2].pk))
    collection.refresh_from_db()
    assert collection.cover is None


def test_of_a_teams_collection_each_sees_what_they_may(client_for, alice, bob, collection, results):
    theirs = client_for(bob)
    assert theirs.get(f"/collections/{collection.pk}/").status_code == 404
    edit = {"title": "The sea", "notes": "Blue", "visibility": "team"}
    client_for(alice).post(f"/collections/{collection.pk}/", edit)
    Task.objects.filter(pk=results[0].pk).update(visibility="private")
    assert order(theirs, collection) == ["1", "2", "3"]
    (one,) = theirs.get("/collections/").context["summaries"]
    assert (one.count, one.cover) == (3, results[1])
    page = theirs.get(f"/collections/{collection.pk}/").content.decode()
    assert "Blue" in page
    assert "data-task" in page
    assert 'name="earlier"' not in page
    assert arrange(theirs, collection, out=str(results[1].pk)).status_code == 404
    assert collect(theirs, [results[1]], collection=str(collection.pk)).status_code == 404
    # Their own of the same title is another.
    collect(theirs, [results[1]], action="collect", title="The sea")
    assert Collection.objects.filter(title="The sea").count() == 2


def test_what_an_admin_does_to_a_colleagues_is_written_down(
    client_for, alice, admin, collection, results
):
    def written():
        return list(AuditEvent.objects.order_by("id").values_list("what", "target"))

    mine, theirs = client_for(alice), client_for(admin)
    address = f"/collections/{collection.pk}/"
    mine.post(address, {"title": "The sea", "visibility": "team"})
    arrange(mine, collection, out=str(results[0].pk))
    assert written() == []
    theirs.post(address, {"title": "The lake", "visibility": "team"})
    assert written() == [("collection.changed", "The sea of alice")]
    assert theirs.post(address, {"title": ""}).status_code == 422
    arrange(theirs, collection, out=str(results[1].pk))
    collect(theirs, results[:1], collection=str(collection.pk))
    theirs.post(f"{address}delete/")
    last = [("collection.changed", "The lake of alice")] * 2
    assert written()[1:] == [*last, ("collection.deleted", "The lake of alice")]


def test_a_title_is_there_once_and_nothing_typed_is_lost(client_for, alice, collection):
    client = client_for(alice)
    other = client.post("/collections/", {"title": "Hills", "notes": ""}).url
    for address in ("/collections/", other):
        answer = client.post(address, {"title": "The sea", "notes": "Kept words"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "There is a collection of this title already." in page
        assert "Kept words" in page
    assert "<h1>Hills</h1>" in page
    client.post(f"{other}delete/")
    client.post(f"/collections/{collection.pk}/delete/")
    assert not CollectionItem.objects.exists()
    assert Task.objects.count() == 4


def test_pages_cost_the_same_however_much_is_in_them(
    client_for, alice, collection, django_assert_max_num_queries
):
    client, counted = client_for(alice), []
    for many in (1, 5):
        more = [make_task(alice) for _ in range(many)]
        collect(client, more, action="collect", title=f"{many} others")
        with django_assert_max_num_queries(30) as queries:
            client.get("/collections/")
            client.get(f"/collections/{collection.pk}/")
            collect(client, list(Task.objects.all()), collection=str(collection.pk))
        counted.append(len(queries))
    assert counted[0] == counted[1]
