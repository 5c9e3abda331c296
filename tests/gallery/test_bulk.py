"""Many results at once: each is looked at by itself, and then something is done with all or none."""

import re
from uuid import uuid4

import pytest

from generation.models import AuditEvent, Favourite, Task
from tests.factories import make_output, make_task


def bulk(client, tasks, htmx=False, asked="", **data):
    headers = {"hx_request": "true"} if htmx else {}
    pks = [str(task.pk) for task in tasks]
    return client.post(f"/tasks/bulk/{asked}", {"tasks": pks, **data}, headers=headers)


@pytest.fixture
def results(alice):
    tasks = [make_task(alice, params={"prompt": f"Sea {number}"}) for number in range(3)]
    for task in tasks:
        make_output(task)
    return tasks


def test_hearts_are_given_and_taken_by_a_form_that_leads_back(client_for, bob, results):
    client = client_for(bob)
    for _ in range(2):
        answer = bulk(client, results, asked="?whose=mine", action="favourite")
        assert answer.url == "/tasks/?whose=mine"
    assert Favourite.objects.filter(member=bob).count() == 3
    answer = bulk(client, results[:2], htmx=True, action="unfavourite")
    assert answer.content.decode().count("<article") == 2
    assert "selection:done" in answer["HX-Trigger-After-Settle"]
    assert Favourite.objects.get().task == results[2]


def test_what_is_of_another_is_refused_by_name_and_nothing_is_done(client_for, alice, bob, results):
    own = make_task(bob, params={"prompt": "Mine"})
    for data in ({"action": "trash"}, {"visibility": "private"}):
        answer = bulk(client_for(bob), [own, *results], **data)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "“Sea 0”, “Sea 1” and “Sea 2” are alice’s: only the owner or an admin may" in page
        assert len(re.findall(r'type="checkbox" name="tasks"[^>]* checked', page)) == 4
    assert not Task.objects.filter(visibility="private").exists()
    assert not Task.objects.in_trash().exists()


def test_what_is_not_there_for_the_member_is_not_found(client_for, alice, bob, admin, results):
    secret = make_task(alice, visibility="private")
    gone = make_task(alice, trashed_at=secret.created_at)
    for who in (bob, admin):
        for one in (secret, gone, Task(pk=uuid4())):
            assert bulk(client_for(who), [results[0], one], action="favourite").status_code == 404
    assert not Favourite.objects.exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"action": "burn"}, "Choose what to do with them."),
        ({"action": "visibility", "visibility": "world"}, "Choose whether the team sees them"),
        ({"action": "favourite", "tasks": []}, "Select a result first."),
        ({"action": "favourite", "tasks": [str(uuid4()) for _ in range(501)]}, "these are 501"),
    ],
)
def test_what_makes_no_sense_is_told(client_for, alice, results, data, sentence):
    answer = client_for(alice).post(
        "/tasks/bulk/", {"tasks": [str(results[0].pk)]} | data, headers={"hx_request": "true"}
    )
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_what_was_typed_is_there_again_after_a_refusal(client_for, alice, results):
    typed = {"title": "The sea", "tag": "blue, <deep>"}
    answer = bulk(client_for(alice), results, action="enter", **typed)
    assert answer.status_code == 422
    assert 'id="selection-title" value="The sea"' in answer.content.decode()
    assert 'id="selection-tags" value="blue, &lt;deep&gt;"' in answer.content.decode()


def test_an_admin_decides_for_others_and_visibility_is_told_to_open_pages(
    client_for, alice, admin, results
):
    before = Task.objects.get(pk=results[0].pk).revision
    assert bulk(client_for(admin), results[:2], visibility="private").status_code == 302
    changed = Task.objects.filter(visibility="private")
    assert {task.pk for task in changed} == {task.pk for task in results[:2]}
    assert len({task.revision for task in changed} - {before}) == 2


def test_what_an_admin_shows_or_hides_of_others_is_written_down(client_for, alice, admin, results):
    own = make_task(admin)
    bulk(client_for(alice), results[:1], visibility="private")
    bulk(client_for(admin), [results[1], own], visibility="private")
    # Nothing changes for it: it is seen by the team already.
    bulk(client_for(admin), [results[2]], visibility="team")
    row = AuditEvent.objects.get()
    assert (row.who, row.what) == (admin, "task.visibility-changed")
    assert row.target == str(results[1].pk)


@pytest.mark.parametrize("action", ["favourite", "trash", "visibility"])
def test_many_cost_as_many_queries_as_few(client_for, alice, action, django_assert_max_num_queries):
    client = client_for(alice)
    tasks = [make_task(alice) for _ in range(9)]
    counted = []
    for some in (tasks[:2], tasks[2:]):
        with django_assert_max_num_queries(24) as queries:
            bulk(client, some, htmx=True, action=action, visibility="private")
        counted.append(len(queries))
    assert counted[0] == counted[1]
