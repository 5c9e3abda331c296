"""Handles: the team's are the team's, one's own are one's own, and neither tells of the other."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from generation.forms.subjects import TAKEN_NOW
from generation.library.handles import free_handle
from generation.library.subjects import version_of
from generation.models import Subject, SubjectImage, Task
from tests.factories import make_subject, make_task
from tests.forms.helpers import images_of, upload

MODEL = "viduq2_pro_fast_reference2video"
HTMX = {"hx-request": "true"}


def subject_form(handle="anna", visibility="team", **fields):
    data = {"handle": handle, "title": "Anna", "visibility": visibility, "images": [upload()]}
    return data | fields


def words_of(html):
    """The page without what differs by chance."""
    return re.sub(
        r'Token": "\w+"|token" value="\w+"|[0-9a-f-]{36}|datetime="[^"]+"|\d\d:\d\d UTC', "", html
    )


@pytest.mark.parametrize("visibility", ["team", "private"])
def test_a_taken_handle_tells_nothing_of_a_private_subject(client_for, alice, bob, visibility):
    make_subject(alice, "secret", visibility="private")
    client = client_for(bob)
    pages = []
    for handle in ("secret", "unused"):
        response = client.post("/subjects/", subject_form(handle, visibility), follow=True)
        assert response.status_code == 200
        pages.append(words_of(response.content.decode()))
        Subject.objects.filter(owner=bob).delete()
    assert pages[0].replace("secret", "unused") == pages[1]


def test_the_teams_handles_are_unique(client_for, alice, bob):
    make_subject(alice, "anna")
    response = client_for(bob).post("/subjects/", subject_form())
    assert response.status_code == 422
    assert "The team has a subject @anna already" in response.content.decode()
    assert client_for(bob).post("/subjects/", subject_form(visibility="private")).status_code == 302


def test_ones_own_handles_are_unique(client_for, alice):
    make_subject(alice, "anna", visibility="private")
    response = client_for(alice).post("/subjects/", subject_form())
    assert response.status_code == 422
    assert "You have a subject @anna already" in response.content.decode()


def test_a_private_subject_joins_the_team_only_under_a_free_handle(client_for, alice, bob):
    mine = make_subject(alice, "anna", visibility="private")
    theirs = make_subject(bob, "anna")
    client = client_for(alice)
    kept = {"images": [], "image_ids": [str(i.image_id) for i in mine.images.all()]}
    response = client.post("/subjects/anna/", subject_form(**kept))
    assert response.status_code == 422
    assert "The team has a subject @anna already" in response.content.decode()
    mine.refresh_from_db()
    assert mine.visibility == "private"
    theirs.delete()
    assert client.post("/subjects/anna/", subject_form(**kept)).status_code == 302


def test_an_own_subject_goes_before_the_teams(client_for, alice, bob, team_key):
    mine = make_subject(alice, "anna", visibility="private")
    theirs = make_subject(bob, "anna")
    Subject.objects.filter(pk=theirs.pk).update(title="The team's")
    for user, meant in ((alice, mine), (bob, theirs)):
        client = client_for(user)
        data = {"model": MODEL, "prompt": "@anna waves", "subjects": "anna"}
        assert client.post("/tasks/", data).status_code == 303
        task = Task.objects.get(owner=user)
        assert task.subjects.get().subject == meant
        assert client.get("/", {"model": MODEL}).content.decode().count('value="anna"') == 1
    page = client_for(alice).get("/subjects/").content.decode()
    assert 'href="/subjects/anna/"' in page
    assert 'href="/subjects/anna/?owner=bob"' in page
    assert "The team&#x27;s" in client_for(alice).get("/subjects/anna/?owner=bob").content.decode()
    assert "The team&#x27;s" not in client_for(alice).get("/subjects/anna/").content.decode()


def test_remix_does_not_swap_the_faces(client_for, alice, bob):
    theirs = make_subject(bob, "anna")
    task = make_task(bob, model=MODEL, params={"prompt": "@anna waves"})
    task.subjects.create(subject=theirs, handle="anna", title="Anna", position=0)
    picked = r'name="subjects" value="anna"[^>]* checked'
    assert re.search(picked, client_for(alice).get(f"/?from={task.pk}").content.decode())
    make_subject(alice, "anna", visibility="private")
    assert not re.search(picked, client_for(alice).get(f"/?from={task.pk}").content.decode())


def test_an_admin_reaches_each_of_one_handle(client_for, alice, bob, admin):
    for owner in (alice, bob):
        made = make_subject(owner, "anna", visibility="private")
        Subject.objects.filter(pk=made.pk).update(title=f"Of {owner.username}")
    client = client_for(admin)
    for name in ("alice", "bob"):
        html = client.get(f"/subjects/anna/?owner={name}").content.decode()
        assert f"Of {name}" in html
        assert f'action="/subjects/anna/archive/?owner={name}"' in html
    client.post("/subjects/anna/archive/?owner=bob")
    assert Subject.objects.get(archived_at=None).owner == alice
    assert client_for(bob).get("/subjects/anna/?owner=alice").status_code == 404


def place_to_press(way, number, owner, visibility):
    """Where the handle is asked for; with the subject of `owner` that is to have it, if there is one."""
    if way == "create":
        return reverse("subjects")
    archived_at = timezone.now() if way == "restore" else None
    made = make_subject(owner, f"old_{number}", visibility=visibility, archived_at=archived_at)
    version_of(made)
    return reverse("subject-restore", args=[made.pk]) if archived_at else made.get_absolute_url()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("visibility", ["team", "private"])
@pytest.mark.parametrize("way", ["create", "edit", "restore"])
def test_equal_handles_at_once_are_refused_and_not_an_error(
    client_for, alice, bob, way, visibility, monkeypatch
):
    users = [alice, alice, alice, bob]
    (image,), (other,) = images_of(alice, 1), images_of(bob, 1)
    clients = [client_for(user) for user in users]
    addresses = [place_to_press(way, number, user, visibility) for number, user in enumerate(users)]

    def press(number):
        picked = str(image.pk if users[number] == alice else other.pk)
        data = subject_form(visibility=visibility, images=[], image_ids=[picked])
        try:
            answer = clients[number].post(addresses[number], data)
        finally:
            connection.close()
        assert answer.status_code == 302 or TAKEN_NOW in answer.content.decode()
        return answer.status_code

    # Everybody looks before anybody writes.
    monkeypatch.setattr("generation.forms.subjects.SubjectForm._check_handle", lambda *_: None)
    monkeypatch.setattr("generation.forms.subjects.taken", lambda *_, **__: "")
    with ThreadPoolExecutor(len(users)) as threads:
        codes = sorted(threads.map(press, range(len(users))))
    assert codes == ([302, 422, 422, 422] if visibility == "team" else [302, 302, 422, 422])
    assert Subject.objects.current().filter(handle="anna").count() == codes.count(302)


def test_handing_over_tells_nothing_of_a_private_subject(client_for, make_user, alice, bob):
    make_subject(bob, "secret", visibility="private")
    pages = []
    for to in (bob, make_user("carol")):
        make_subject(alice, "secret", visibility="private")
        page = client_for(alice).post(
            "/subjects/secret/hand-over/", {"to": to.username}, follow=True
        )
        assert f"@secret belongs to {to.username} now." in page.content.decode()
        pages.append(words_of(page.content.decode()).replace(to.username, "somebody"))
    assert sorted(subject.handle for subject in bob.subjects.all()) == ["secret", "secret_2"]
    assert pages[0] == pages[1]


def test_a_subject_may_have_addresses(client_for, alice, team_key):
    client = client_for(alice)
    urls = "https://a.example/1.png\nhttps://a.example/2.png"
    assert client.post("/subjects/", subject_form(image_urls=urls)).status_code == 302
    shots = [(bool(s.image), s.url) for s in SubjectImage.objects.order_by("position")]
    assert shots == [(True, ""), (False, urls.split()[0]), (False, urls.split()[1])]
    html = client.get("/subjects/anna/").content.decode()
    assert "https://a.example/1.png" in html
    assert "Only the gateway opens this address" in html
    assert 'src="https://a.example' not in html
    data = {"model": MODEL, "prompt": "@anna waves", "subjects": "anna"}
    assert client.post("/tasks/", data).status_code == 303
    kept = [given.url for given in Task.objects.get().images.order_by("position")]
    assert kept == ["", *urls.split()]
    assert client.get("/").status_code == client.get("/subjects/").status_code == 200
    # The form shows them for the next change, and keeps them.
    html = client.get("/subjects/anna/edit/").content.decode()
    ids = re.findall(r'name="image_ids" value="([^"]+)"', html)
    again = subject_form(images=[], image_ids=[ids[0], ids[2]])
    assert client.post("/subjects/anna/", again).status_code == 302
    assert [s.url for s in SubjectImage.objects.order_by("position")] == ["", urls.split()[1]]


def test_a_subject_of_addresses_alone_can_be_picked(client_for, alice, team_key):
    client = client_for(alice)
    form = subject_form(images=[], image_urls="https://a.example/1.png")
    assert client.post("/subjects/", form).status_code == 302
    for page in ("/subjects/", "/subjects/anna/", f"/?model={MODEL}"):
        assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        ("ftp://a.example/1.png", "is no address"),
        ("https://a.example/a\0b", "Null characters"),
        ("\n".join(f"https://a.example/{n}" for n in range(500)), "this one has 500"),
        ("https://a.example/" + "x" * 5000, "at most 4,096"),
        ("", "this one has 0"),
    ],
)
def test_wrong_addresses_of_a_subject_are_refused(client_for, alice, urls, words):
    form = subject_form(images=[], image_urls=urls)
    response = client_for(alice).post("/subjects/", form)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Subject.objects.exists()


def test_names_of_files_are_for_those_who_gave_them(client_for, alice, bob, admin, team_key):
    (image,) = images_of(alice, 1)
    image.name = "merger-with-acme.png"
    image.save()
    task = make_task(alice, image=image)
    for user, seen in ((alice, True), (bob, False), (admin, False)):
        client = client_for(user)
        pages = [task.get_absolute_url(), f"/?from={task.pk}"]
        html = "".join(client.get(page).content.decode() for page in pages)
        answer = client.get(f"/media/images/{image.pk}/")
        assert ("merger" in html) is seen
        assert ("merger" in answer["Content-Disposition"]) is seen
        too_small = {"model": "viduq2_reference2image", "prompt": "x", "image_ids": str(image.pk)}
        type(image).objects.filter(pk=image.pk).update(width=100)
        html = client.post("/tasks/", too_small, headers=HTMX).content.decode()
        assert "128" in html
        assert ("merger" in html) is seen


def test_a_free_handle_is_found_with_one_question(alice, bob, django_assert_num_queries):
    for number in ["", *(f"_{n}" for n in range(2, 30))]:
        make_subject(alice, f"rex{number}", images=0)
    make_subject(bob, "rex_30", images=0, visibility="private")
    with django_assert_num_queries(1):
        assert free_handle("rex", "team", bob) == "rex_31"
    assert free_handle("rex", "private", bob) == "rex"
    longest = make_subject(alice, "a" * 32, images=0)
    assert free_handle("a" * 32, "team", bob) == "a" * 30 + "_2"
    assert free_handle("a" * 32, "team", alice, but=longest) == "a" * 32
    assert free_handle("new", "team", bob) == "new_2"
