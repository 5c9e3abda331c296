"""Whatever way an admin opens what a member has to themselves, it is written down."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from generation.library.subject_list import PAGE, SORTS
from generation.models import AuditEvent, Image, Subject, Task
from tests.factories import make_key, make_output, make_subject, make_task
from tests.forms.helpers import images_of

HTMX = {"hx-request": "true"}


@pytest.fixture
def private(alice):
    """One of everything that alice has to herself."""
    (image,) = images_of(alice, 1)
    task = make_task(alice, "failed", visibility="private", image=image, reason="generation")
    subject = make_subject(alice, "secret", visibility="private")
    return {
        "task": task,
        "event": task.events.create(at=task.created_at, kind="queued", state="queued", text="Q"),
        "output": make_output(task),
        "image": image,
        "subject": subject,
        "shot": subject.images.get().image,
        "key": make_key(alice),
    }


@pytest.fixture
def ada(client_for, admin, team_key):
    return client_for(admin)


def written():
    return list(AuditEvent.objects.order_by("id").values_list("what", "target"))


def in_admin(kind, page="change"):
    return lambda thing: reverse(f"admin:generation_{kind}_{page}", args=[thing.pk])


def named(name):
    return lambda thing: reverse(name, args=[thing.pk])


WAYS = [
    ("task", lambda thing: thing.get_absolute_url(), "task.opened-private"),
    ("task", lambda thing: f"/?from={thing.pk}", "task.remixed-private"),
    ("output", named("output"), "output.opened-private"),
    ("output", lambda thing: named("output")(thing) + "?download", "output.downloaded-private"),
    ("output", named("output-poster"), "output.opened-private"),
    ("image", named("image"), "image.opened-private"),
    ("image", named("image-thumbnail"), "image.opened-private"),
    ("shot", named("image"), "image.opened-private"),
    ("subject", lambda thing: thing.get_absolute_url(), "subject.opened-private"),
    ("task", in_admin("task"), "task.inspected-private"),
    ("output", in_admin("output"), "output.inspected-private"),
    ("event", in_admin("taskevent"), "event.inspected-private"),
    ("subject", in_admin("subject"), "subject.inspected-private"),
    ("key", in_admin("apikey"), "key.inspected-private"),
    ("task", in_admin("task", "history"), "task.inspected-private"),
    ("output", in_admin("output", "history"), "output.inspected-private"),
    ("event", in_admin("taskevent", "history"), "event.inspected-private"),
    ("subject", in_admin("subject", "history"), "subject.inspected-private"),
    ("key", in_admin("apikey", "history"), "key.inspected-private"),
]
IDS = [f"{thing}-{word}" for thing, _, word in WAYS]


@pytest.mark.parametrize(("name", "address", "word"), WAYS, ids=IDS)
def test_every_way_to_open_leaves_a_row(ada, admin, private, name, address, word):
    thing = private[name]
    assert ada.get(address(thing)).status_code == 200
    assert written() == [(word, str(thing.pk))]
    row = AuditEvent.objects.get()
    assert (row.who, row.address) == (admin, "127.0.0.1")


@pytest.mark.parametrize(("name", "address", "word"), WAYS[:9], ids=IDS[:9])
def test_what_is_ones_own_or_the_teams_leaves_none(
    client_for, admin, alice, bob, private, name, address, word
):
    thing = private[name]
    assert client_for(alice).get(address(thing)).status_code == 200
    assert client_for(bob).get(address(thing)).status_code == 404
    Task.objects.update(visibility="team")
    type(private["subject"]).objects.update(visibility="team")
    assert client_for(admin).get(address(thing)).status_code == 200
    assert written() == []


@pytest.mark.parametrize(("name", "address", "word"), WAYS[:9], ids=IDS[:9])
def test_the_own_private_things_of_an_admin_leave_none(
    client_for, make_user, admin, private, name, address, word
):
    Task.objects.update(owner=admin)
    type(private["subject"]).objects.update(owner=admin)
    Image.objects.update(owner=admin)
    assert client_for(admin).get(address(private[name])).status_code == 200
    assert written() == []


def test_one_row_an_hour_however_often_it_is_asked_for(ada, private, time_machine):
    time_machine.move_to("2026-11-21T12:01:00Z", tick=False)
    address = named("output")(private["output"])
    for first in range(0, 500, 50):
        ada.get(address, headers={"range": f"bytes={first}-{first + 49}"})
    ada.get(named("output-poster")(private["output"]))
    assert len(written()) == 1
    time_machine.shift(timedelta(minutes=59))
    ada.get(address)
    assert len(written()) == 2


def test_each_admin_and_each_object_has_a_row(ada, client_for, make_user, alice, private):
    other = make_output(private["task"], position=1)
    second = client_for(make_user("zoe", is_staff=True))
    for client in (ada, second):
        for output in (private["output"], other):
            client.get(named("output")(output))
    assert AuditEvent.objects.values("who", "target").distinct().count() == len(written()) == 4


def test_two_at_once_write_one_row(private, admin, monkeypatch, rf):
    from django.db.models.query import QuerySet

    from generation.people.audit import opened

    request = rf.get("/")
    request.user = admin
    monkeypatch.setattr(QuerySet, "exists", lambda self: False)  # neither sees the other's row
    opened(request, private["task"])
    opened(request, private["task"])
    assert len(written()) == 1


def test_lists_show_nothing_private_and_leave_no_rows(ada, private):
    for path in ("/", "/?model=viduq2_pro_fast_reference2video", "/tasks/", "/subjects/", "/keys/",
                 "/engine/", *(f"/admin/generation/{name}/" for name in (
                     "task", "output", "taskevent", "subject", "apikey"))):  # fmt: skip
        html = ada.get(path).content.decode()
        assert "A calm sea" not in html, path
        assert private["subject"].title not in html, path
        for name in ("image", "shot"):
            assert str(private[name].pk) not in html, path
    assert written() == []


@pytest.fixture
def many_subjects(alice):
    """More than a page of what alice has to herself, with titles in the other order than handles."""
    Subject.objects.bulk_create(
        Subject(owner=alice, handle=f"s{n}", title=f"Canary{999 - n}", visibility="private")
        for n in range(100, 100 + PAGE + 10)
    )


@pytest.mark.parametrize("sort", SORTS)
def test_no_order_of_the_subjects_tells_a_private_title(ada, many_subjects, sort):
    html = ada.get("/subjects/", {"sort": sort}).content.decode()
    (more,) = re.findall(r'<a class="btn" href="([^"]+)" hx-get', html)
    html += ada.get("/subjects/" + unescape(more)).content.decode()
    assert set(re.findall(r"@(s\d+)", html)) == {f"s{n}" for n in range(100, 100 + PAGE + 10)}
    assert "canary" not in html.lower()
    assert written() == []


def test_a_private_title_decides_no_place_in_the_list(ada, client_for, alice, many_subjects):
    first = {}
    for who, client in (("admin", ada), ("owner", client_for(alice))):
        html = client.get("/subjects/", {"sort": "title"}).content.decode()
        first[who] = re.findall(r"@(s\d+)", html)[0]
    assert first == {"admin": "s100", "owner": f"s{99 + PAGE + 10}"}


def test_the_list_of_subjects_says_that_there_is_one(ada, private):
    html = ada.get("/subjects/").content.decode()
    assert "A private subject" in html
    assert "only alice" in html
    assert "is logged" in ada.get("/subjects/secret/").content.decode()


def test_repeating_is_written_down(ada, private):
    ada.post(reverse("task-again", args=[private["task"].pk]))
    assert ("task.repeated-private", str(private["task"].pk)) in written()


def test_deciding_is_written_down_since_it_shows_the_card(ada, alice):
    task = make_task(alice, "queued", visibility="private")
    html = ada.post(reverse("task-cancel", args=[task.pk]), headers=HTMX).content.decode()
    assert "A calm sea" in html
    assert written() == [("task.decided-private", str(task.pk))]


def test_what_becomes_an_input_of_ones_own_is_written_down(ada, private):
    """Else a task of one's own would be a way to look at it without a trace."""
    form = {"model": "viduq2_pro_fast_reference2video", "prompt": "@secret waves"}
    assert ada.post("/tasks/", form | {"subjects": "secret"}).status_code == 303
    assert written() == [("subject.used-private", str(private["subject"].pk))]


def test_a_picture_that_becomes_ones_own_is_written_down(ada, private):
    pk = str(private["image"].pk)
    form = {"handle": "mine", "title": "Mine", "visibility": "team", "kept": pk, "image_ids": pk}
    assert ada.post("/subjects/", form).status_code == 302
    assert written() == [("image.used-private", pk)]


def test_without_its_row_nothing_is_shown(ada, private, monkeypatch):
    from django.db import DatabaseError

    def full(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(AuditEvent.objects, "bulk_create", full)
    ada.raise_request_exception = False
    assert ada.get(named("output")(private["output"])).status_code == 500


@pytest.mark.parametrize("way", ["studio", "composer", "draft", "refused"])
def test_a_private_subject_in_ones_own_form_is_written_down(ada, private, way):
    model = "viduq2_pro_fast_reference2video"
    form = {"model": model, "subjects": "secret", "prompt": "@secret runs"}
    if way == "studio":
        page = ada.get("/", form)
    elif way == "composer":
        page = ada.post("/composer/", form, headers=HTMX)
    elif way == "refused":
        page = ada.post("/tasks/", form | {"seed": "x"}, headers=HTMX)
    else:
        ada.post("/drafts/reference2video/", form)
        page = ada.get("/", {"model": model})
    assert private["subject"].title in page.content.decode()
    assert ("subject.opened-private", str(private["subject"].pk)) in written()


def test_a_private_task_that_a_draft_names_is_written_down(ada, private, time_machine):
    source = str(private["task"].pk)
    form = {"model": "viduq2_turbo_img2video", "prompt": "x", "draft_family": "img2video"}
    ada.post("/drafts/img2video/", form | {"draft_source": source})
    assert written() == [("task.remixed-private", source)]
    time_machine.move_to(timezone.now() + timedelta(hours=2))
    assert private["task"].prompt in ada.get("/?family=img2video").content.decode()
    assert written() == [("task.remixed-private", source)] * 2
