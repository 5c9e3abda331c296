"""Try again, Send again: in whose name, paid by which key, and once a press."""

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from generation.models import Task
from tests.factories import make_key, make_task
from tests.forms.helpers import images_of

HTMX = {"hx-request": "true"}
ANYWAY = {"anyway": "1"}


@pytest.fixture
def failed(alice, team_key):
    def make(**fields):
        (image,) = images_of(alice, 1)
        fields = {"visibility": "private", "key": team_key, "key_label": "Team", **fields}
        return make_task(alice, fields.pop("state", "failed"), image=image, **fields)

    return make


def press(client, task, name="again", token=None, *, htmx=False, **data):
    data |= {"submission": str(token)} if token else {}
    address = reverse(f"task-{name}", args=[task.pk])
    return client.post(address, data, headers=HTMX if htmx else {})


def made_from(task):
    return Task.objects.filter(again_of=task)


@pytest.mark.parametrize(("name", "state"), [("again", "failed"), ("send-again", "uncertain")])
def test_a_repeat_by_an_admin_stays_the_members(client_for, alice, admin, failed, name, state):
    own_key = make_key(alice, "Alice's")
    old = failed(key=own_key, state=state)
    press(client_for(admin), old, name)
    new = made_from(old).get()
    assert (new.owner, new.visibility, new.key) == (alice, "private", own_key)
    assert new.images.get().image == old.images.get().image
    event = new.events.get()
    assert (event.who, event.text) == (admin, "Queued again by ada.")
    html = client_for(admin).get("/").content.decode()
    assert f"task-{new.pk}" not in html


@pytest.mark.parametrize("state", ["failed", "uncertain"])
def test_an_admin_reads_whose_it_stays(client_for, alice, admin, failed, state):
    old = failed(state=state)
    words = "stays alice&#x27;s: private, paid by the key “Team”."
    page = words_of(client_for(admin).get(old.get_absolute_url()))
    assert words in page.replace("'s:", "&#x27;s:")
    assert 'id="repeat-of"' not in client_for(alice).get(old.get_absolute_url()).content.decode()
    engine = words_of(client_for(admin).get("/engine/"))
    assert ("alice · private · Team" in engine) is (state == "uncertain")


def words_of(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("name", ["again", "send-again"])
def test_a_colleague_may_remix_but_not_repeat(client_for, bob, failed, name):
    state = "failed" if name == "again" else "uncertain"
    old = failed(visibility="team", state=state)
    client = client_for(bob)
    assert press(client, old, name).status_code == 404
    assert not made_from(old).exists()
    for page in ("/", old.get_absolute_url()):
        html = client.get(page).content.decode()
        assert reverse("task-again", args=[old.pk]) not in html
        if state == "failed":
            assert f"?from={old.pk}" in html


def test_a_repeat_of_a_private_task_is_unknown_to_others(client_for, bob, failed):
    assert press(client_for(bob), failed()).status_code == 404


def test_the_callback_address_goes_along_only_for_its_owner(client_for, alice, admin, failed):
    params = {"prompt": "A calm sea", "callback_url": "https://alice.example/done"}
    old = failed(params=params)
    press(client_for(admin), old)
    (asked_by_another,) = made_from(old)
    assert asked_by_another.params == {"prompt": "A calm sea"}
    press(client_for(alice), old, anyway="1")
    assert made_from(old).exclude(pk=asked_by_another.pk).get().params == params


def test_remix_carries_no_callback_address_of_another(client_for, alice, bob, failed):
    params = {"prompt": "A calm sea", "callback_url": "https://alice.example/done"}
    old = failed(params=params, visibility="team")
    assert "alice.example" not in client_for(bob).get(f"/?from={old.pk}").content.decode()
    assert "alice.example" in client_for(alice).get(f"/?from={old.pk}").content.decode()


@pytest.mark.parametrize(
    ("default", "of_source", "shown"),
    [
        ("team", "private", "private"),
        ("private", "private", "private"),
        ("team", "team", "team"),
        ("private", "team", "private"),
    ],
)
@pytest.mark.parametrize("who", ["owner", "admin"])
def test_a_remix_shows_the_team_nothing_that_was_private(
    client_for, alice, admin, failed, who, default, of_source, shown
):
    user = alice if who == "owner" else admin
    type(user).objects.filter(pk=user.pk).update(default_visibility=default)
    page = client_for(user).get(f"/?from={failed(visibility=of_source).pk}").content.decode()
    (chosen,) = re.findall(r'<option value="(team|private)" selected', page)
    assert chosen == shown


def switched_off(key, owner):
    key.active = False
    key.save()


def deleted(key, owner):
    key.delete()


def given_away(key, owner):
    key.owner = type(owner).objects.create_user("carol")
    key.save()


def closed(key, owner):
    owner.is_active = False
    owner.save()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (switched_off, "is switched off"),
        (deleted, "is deleted"),
        (given_away, "cannot be used by alice"),
        (closed, "account of alice is closed"),
    ],
)
@pytest.mark.parametrize(("name", "state"), [("again", "failed"), ("send-again", "uncertain")])
def test_another_key_never_pays_instead(
    client_for, alice, admin, team_key, failed, spoil, words, name, state
):
    own_key = make_key(alice, "Alice's")
    old = failed(key=own_key, key_label=own_key.label, state=state)
    spoil(own_key, alice)
    html = client_for(admin).post(reverse(f"task-{name}", args=[old.pk]), follow=True).content
    assert words in html.decode()
    assert not made_from(old).exists()
    old.refresh_from_db()
    assert old.state == state


@pytest.mark.parametrize("spoil", [switched_off, given_away])
def test_who_cannot_repeat_hears_what_else_to_do(client_for, alice, failed, spoil):
    own_key = make_key(alice, "Alice's")
    old = failed(key=own_key, key_label=own_key.label)
    spoil(own_key, alice)
    html = client_for(alice).post(reverse("task-again", args=[old.pk]), follow=True).content
    assert "or remix the task and choose another key" in html.decode()


def test_every_form_that_repeats_has_a_number_of_its_own(client_for, alice, failed):
    old, unsure = failed(reason="generation"), failed(state="uncertain")
    client = client_for(alice)
    numbers = []
    for page in ("/", old.get_absolute_url(), unsure.get_absolute_url(), "/"):
        html = client.get(page).content.decode()
        forms = re.findall(r'<form action="/tasks/[^"]*again/".*?</form>', html, re.DOTALL)
        assert len(forms) == 1
        numbers += re.findall(r'name="submission" value="([0-9a-f-]{36})"', forms[0])
    assert len(set(numbers)) == 4


def test_the_same_press_twice_makes_one_task_and_the_next_asks_first(client_for, alice, failed):
    client, old, token = client_for(alice), failed(reason="generation"), uuid4()
    first = press(client, old, token=token)
    assert press(client, old, token=token).url == first.url
    html = press(client, old, token=uuid4(), htmx=True).content.decode()
    assert made_from(old).count() == 1
    assert "is being made already" in html
    assert f'href="{first.url}"' in html
    asked = press(client, old, token=uuid4())
    assert asked.status_code == 422
    assert re.search(r'name="anyway" value="1"', asked.content.decode())
    html = press(client, old, token=uuid4(), htmx=True, **ANYWAY).content.decode()
    assert made_from(old).count() == 2
    # The answer brings the old card along, with a number for the next press.
    card = html.split(f'id="task-{old.pk}"')[1]
    assert re.search(r'name="submission" value="[0-9a-f-]{36}"', card)


def test_the_same_send_again_twice_makes_one_task(client_for, alice, failed):
    client, old, token = client_for(alice), failed(state="uncertain"), uuid4()
    assert press(client, old, "send-again", token).url == (
        press(client, old, "send-again", token).url
    )
    assert made_from(old).count() == 1


def in_parallel(work, count=10):
    def run(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("name", "state"), [("again", "failed"), ("send-again", "uncertain")])
def test_ten_presses_at_once_make_one_task(client_for, alice, failed, name, state):
    old, token = failed(state=state), uuid4()
    clients = [client_for(alice) for _ in range(10)]
    answers = in_parallel(lambda number: press(clients[number], old, name, token))
    assert {answer.status_code for answer in answers} == {303}
    assert {answer.url for answer in answers} == {made_from(old).get().get_absolute_url()}


@pytest.mark.django_db(transaction=True)
def test_of_ten_presses_at_once_without_a_number_one_makes_a_task_and_nine_ask(
    client_for, alice, failed
):
    old = failed()
    clients = [client_for(alice) for _ in range(10)]
    answers = in_parallel(lambda number: press(clients[number], old))
    assert sorted(answer.status_code for answer in answers) == [303] + [422] * 9
    made = made_from(old).get().get_absolute_url()
    for answer in answers:
        assert answer.status_code == 303 or f'href="{made}"' in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_ten_submits_at_once_do_not_slip_past_the_limit(client_for, alice, team_key, settings):
    settings.MAX_SUBMITS_PER_MINUTE = 3
    clients = [client_for(alice) for _ in range(10)]
    data = {"model": "viduq2_reference2image", "prompt": "A cup", "variations": "2"} | ANYWAY
    answers = in_parallel(lambda number: clients[number].post("/tasks/", data))
    assert sorted(answer.status_code for answer in answers) == [303] * 3 + [429] * 7
    assert Task.objects.count() == 6


@pytest.mark.parametrize("htmx", [True, False])
def test_too_many_submits_lose_nothing(client_for, alice, team_key, settings, htmx, failed):
    import time_machine

    settings.MAX_SUBMITS_PER_MINUTE = 2
    client, old = client_for(alice), failed()
    Task.objects.filter(pk=old.pk).update(created_at="2026-01-01T00:00Z")
    data = {"model": "viduq2_reference2image", "prompt": "Kept words", "seed": "12"} | ANYWAY
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        for _ in range(2):
            assert client.post("/tasks/", data).status_code == 303
            clock.shift(10)
        response = client.post("/tasks/", data, headers=HTMX if htmx else {})
        html = response.content.decode()
        assert response.status_code == 429
        assert response["Retry-After"] == "40"
        assert "may submit 2 times a minute" in html
        assert "wait 40 s" in html
        assert "Kept words" in html
        assert 'value="12"' in html
        assert "may submit 2 times" in press(client, old, htmx=True).content.decode()
        clock.shift(40)
        assert client.post("/tasks/", data).status_code == 303
    assert not made_from(old).exists()


def test_the_limit_is_each_members_own_and_may_be_none(client_for, alice, bob, team_key, settings):
    settings.MAX_SUBMITS_PER_MINUTE = 1
    data = {"model": "viduq2_reference2image", "prompt": "A cup"} | ANYWAY
    codes = [client_for(user).post("/tasks/", data).status_code for user in (alice, bob, alice)]
    assert codes == [303, 303, 429]
    settings.MAX_SUBMITS_PER_MINUTE = 0
    assert client_for(alice).post("/tasks/", data).status_code == 303
