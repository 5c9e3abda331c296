"""What the viewer shows of a result, for whom, and that keys can be switched off for an account."""

import pytest

from generation.models import AuditEvent, Task
from tests.factories import make_output, make_task


@pytest.fixture
def film(alice):
    task = make_task(alice, params={"prompt": "A calm sea", "duration": 5, "seed": 7})
    make_output(task)
    return task


def shown(client, task):
    return client.get(f"/tasks/{task.pk}/viewer/")


def test_it_works(client_for, bob, film):
    page = shown(client_for(bob), film)
    html = page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    output = film.outputs.get().pk
    for words in (
        "<video",
        "A calm sea",
        f"/media/outputs/{output}/?download=1",
        f"/outputs/{output}/use/",
    ):
        assert words in html
    assert "viewer-vary" not in html  # that would spend the owner's money
    assert f'/tasks/{film.pk}/vary/"' in shown(client_for(film.owner), film).content.decode()


def test_parts_of_other_pages_come_under_ids_of_its_own(client_for, alice, film):
    """The tile below is still there."""
    client = client_for(alice)
    gallery, viewer = client.get("/tasks/").content.decode(), shown(client, film).content.decode()
    assert f'id="task-{film.pk}-like"' in gallery
    assert 'id="viewer-like"' in viewer
    assert f"task-{film.pk}-" not in viewer
    asked = {"on": "1", "look": "view"}
    heart = client.post(f"/tasks/{film.pk}/favourite/", asked, headers={"HX-Request": "true"})
    assert 'id="viewer-like"' in heart.content.decode()


def test_private_ones_of_others_are_logged_for_admins_and_unknown_to_members(
    client_for, bob, admin, film
):
    Task.objects.filter(pk=film.pk).update(visibility="private")
    assert shown(client_for(bob), film).status_code == 404
    assert "this is logged" in shown(client_for(admin), film).content.decode()
    assert AuditEvent.objects.filter(what="task.opened-private", target=str(film.pk)).count() == 1


def test_as_many_queries_for_much(client_for, alice, film, django_assert_max_num_queries):
    client = client_for(alice)
    shown(client, film)
    film.tags.create(name="wide", made_at=film.created_at)
    for number in range(3):
        film.comments.create(member=alice, text=f"{number}")
    with django_assert_max_num_queries(14):
        shown(client, film)


def test_single_keys_are_switched_off_for_the_account(client_for, alice):
    client = client_for(alice)
    assert "data-single-keys" not in client.get("/tasks/").content.decode()
    fields = {"profile": "1", "theme": "auto", "default_visibility": "team", "hover_play": "on"}
    assert client.post("/account/", fields).status_code == 302
    assert 'data-single-keys="off"' in client.get("/tasks/").content.decode()
