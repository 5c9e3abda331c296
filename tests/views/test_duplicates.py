"""What is being made already is asked about; variations and Vary differ by their seed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from generation.catalog import MAX_SEED
from generation.models import Task
from tests.factories import make_subject, make_task
from tests.forms.helpers import images_of, upload

HTMX = {"hx-request": "true"}
STILL = {"model": "viduq2_reference2image", "prompt": "A cup on a table"}


@pytest.fixture
def client(client_for, alice, team_key):
    return client_for(alice)


def send(client, *, htmx=True, **data):
    return client.post("/tasks/", STILL | data, headers=HTMX if htmx else {})


@pytest.mark.parametrize("htmx", [True, False])
def test_the_same_once_more_asks_first_and_loses_nothing(client, htmx):
    send(client, seed="5")
    first = Task.objects.get()
    answer = send(client, seed="5", htmx=htmx)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert Task.objects.get() == first
    assert "being made already" in html
    assert f'href="{first.get_absolute_url()}"' in html
    assert 'name="anyway" value="1"' in html
    assert "A cup on a table" in html
    assert 'value="5"' in html
    assert send(client, seed="5", anyway="1", htmx=htmx).status_code in (200, 303)
    assert Task.objects.count() == 2


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": "Another cup"},
        {"seed": "6"},
        {"resolution": "2K"},
        {"image_urls": "https://pictures.example/1.png"},
    ],
)
def test_whatever_differs_is_not_the_same(client, other):
    send(client, seed="5")
    assert send(client, **({"seed": "5"} | other)).status_code == 200


def test_pictures_are_the_same_by_their_content(client, alice):
    send(client, images=upload(1, "one.jpg"))
    assert send(client, images=upload(1, "renamed.jpg")).status_code == 422
    assert send(client, images=upload(2)).status_code == 200


def test_subjects_count_by_what_they_are_now(client, alice):
    subject = make_subject(alice, "rex")
    data = {"model": "viduq2_pro_fast_reference2video", "prompt": "@rex runs", "subjects": "rex"}
    assert client.post("/tasks/", data).status_code == 303
    assert client.post("/tasks/", data).status_code == 422
    subject.images.all().update(image=images_of(alice, 2)[1])
    assert client.post("/tasks/", data).status_code == 303


@pytest.mark.parametrize(
    ("state", "minutes", "asks"),
    [
        ("completed", 9, True),
        ("completed", 11, False),
        ("processing", 60, True),
        ("uncertain", 60, True),
        ("failed", 1, False),
        ("canceled", 1, False),
        ("lost", 1, False),
    ],
)
def test_it_asks_about_what_runs_or_was_made_lately(client, state, minutes, asks):
    send(client)
    over = state not in ("processing", "uncertain")
    made = timezone.now() - timedelta(minutes=minutes)
    Task.objects.update(state=state, created_at=made, finished_at=made if over else None)
    assert send(client).status_code == (422 if asks else 200)


def test_others_may_ask_for_the_same(client, client_for, bob):
    send(client)
    assert send(client_for(bob)).status_code == 200


def test_variations_of_one_press_are_meant(client):
    assert send(client, variations="4").status_code == 200
    assert Task.objects.count() == 4
    assert send(client, variations="1").status_code == 422


def test_variations_of_a_seed_have_a_seed_each(client):
    send(client, variations="3", seed=str(MAX_SEED - 1))
    tasks = Task.objects.order_by("variation")
    assert [task.params["seed"] for task in tasks] == [MAX_SEED - 1, MAX_SEED, 1]
    assert send(client, seed="1").status_code == 422, "that one is being made"


def test_without_a_seed_the_gateway_draws_one_for_each(client):
    send(client, variations="2")
    assert all("seed" not in task.params for task in Task.objects.all())


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_make_one_task_and_nine_questions(client_for, alice, team_key):
    clients = [client_for(alice) for _ in range(10)]

    def post(number):
        try:
            return clients[number].post("/tasks/", STILL).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        codes = sorted(threads.map(post, range(10)))
    assert codes == [303] + [422] * 9
    assert Task.objects.count() == 1


def vary(client, task, **data):
    return client.post(reverse("task-vary", args=[task.pk]), data, headers=HTMX)


def test_vary_makes_the_same_with_a_new_seed(client, alice, team_key):
    (image,) = images_of(alice, 1)
    old = make_task(
        alice, visibility="private", image=image, key=team_key, key_label="Team",
        params={"prompt": "A calm sea", "seed": 7},
    )  # fmt: skip
    token = "0f5de9a0-0000-4000-8000-000000000001"
    assert vary(client, old, submission=token).status_code == 200
    assert vary(client, old, submission=token).status_code == 200
    new = Task.objects.get(again_of=old)
    assert 1 <= new.params["seed"] <= MAX_SEED
    assert new.params["seed"] != 7
    assert (new.params["prompt"], new.visibility, new.key) == ("A calm sea", "private", team_key)
    assert new.images.get().image == image


def test_a_colleague_varies_nothing(client, client_for, alice, bob):
    old = make_task(alice)
    assert vary(client_for(bob), old).status_code == 404
    assert not Task.objects.filter(again_of=old).exists()


def test_what_is_not_over_is_not_varied(client, alice):
    old = make_task(alice, "processing")
    assert "not over yet" in vary(client, old).content.decode()
    assert not Task.objects.filter(again_of=old).exists()
