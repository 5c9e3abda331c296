"""What another one costs: the button says it, and nothing is made at a price that it did not say."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from generation.catalog import MODELS
from generation.lifecycle import enqueue
from generation.models import LearnedPrice, Task
from generation.money.prices import alike_of
from tests.factories import make_output, make_task
from tests.forms.helpers import images_of, upload
from tests.views.test_price import HTMX, TURBO

PARAMS = {"prompt": "A calm sea", "duration": 5}


def teach(usd):
    alike = alike_of(MODELS[TURBO], PARAMS)
    micros = int(Decimal(usd) * 10**6)
    LearnedPrice.objects.update_or_create(pk=alike, defaults={"costs": [micros], "median": micros})


@pytest.fixture
def client(client_for, alice):
    return client_for(alice)


@pytest.fixture
def old(alice, team_key):
    def make(state="completed", **fields):
        (image,) = images_of(alice, 1)
        known = {"model": TURBO, "params": PARAMS, "key": team_key, "estimate": Decimal("0.2")}
        task = make_task(alice, state, image=image, **(known | fields))
        if state == "completed":
            make_output(task)
        return task

    return make


def press(client, task, name, shown, *, htmx=False, **data):
    address = reverse(f"task-{name}", args=[task.pk])
    data |= {"submission": str(uuid4()), "shown_price": shown}
    return client.post(address, data, headers=HTMX if htmx else {})


def forms(html, name):
    """The prices that go with the forms which post to an address that ends so."""
    found = re.findall(rf'<form action="[^"]*/{name}/".*?</form>', html, re.S)
    return [re.findall(r'name="shown_price" value="([^"]*)"', form) for form in found]


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("name", "state"), [("again", "completed"), ("vary", "completed"), ("send-again", "uncertain")]
)
def test_at_another_price_nothing_is_made_until_that_is_pressed(client, old, name, state, htmx):
    task = old(state)
    teach("0.8")
    answer = press(client, task, name, "0.2", htmx=htmx, anyway="1")
    html = answer.content.decode()
    assert answer.status_code == (200 if htmx else 422)
    assert "The page showed $0.20; it is $0.80 now. Nothing was made." in html
    assert Task.objects.get() == task
    task.refresh_from_db()
    assert task.state == state
    (asked,) = re.findall(rf'<form method="post" action="[^"]*/{name}/".*?</form>', html, re.S)
    assert "Make it for $0.80" in asked
    again = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked))
    assert again["shown_price"] == "0.8"
    assert again["anyway"] == "1"
    del again["csrfmiddlewaretoken"]
    assert client.post(reverse(f"task-{name}", args=[task.pk]), again).status_code == 303
    assert Task.objects.get(again_of=task).estimate == Decimal("0.8")


def test_a_price_that_holds_asks_nothing(client, old):
    assert press(client, old(), "again", "0.2").status_code == 303
    assert press(client, old(), "vary", "0.2").status_code == 303
    assert press(client, old("uncertain"), "send-again", "0.2").status_code == 303


def test_one_that_is_not_known_any_more_is_told(client, old):
    answer = press(client, old(model="viduq2_pro_fast_reference2video"), "again", "0.2")
    html = answer.content.decode()
    assert "The page showed $0.20; the price is not known now. Nothing was made." in html
    assert "Make it at an unknown price" in html
    assert 'name="shown_price" value="unknown"' in html


@pytest.mark.parametrize(
    ("state", "fields", "words"),
    [
        ("completed", {"cost": Decimal("0.3")}, "Vary · $0.30"),
        ("completed", {"cost": Decimal("0.3"), "settled": Decimal("0.9")}, "Vary · $0.90"),
        ("completed", {"cost": Decimal(0)}, "Vary · $0.20"),
        ("completed", {}, "Vary · $0.20"),
        # Part of the way says nothing about the whole of it.
        ("canceled", {"cost": Decimal("0.05")}, "Run again · $0.20"),
        ("lost", {"cost": Decimal("0.05"), "estimate": None}, "Run again · price unknown"),
    ],
)
def test_a_tile_says_what_the_task_tells(client, old, state, fields, words):
    task = old(state)
    Task.objects.filter(pk=task.pk).update(**fields)
    html = client.get("/tasks/").content.decode()
    assert words in html
    amount = words.rpartition("$")[2] if "$" in words else "unknown"
    (shown,) = forms(html, "vary" if "Vary" in words else "again")
    assert [Decimal(one) if one != "unknown" else one for one in shown] == [
        amount if amount == "unknown" else Decimal(amount)
    ]


@pytest.mark.parametrize("state", ["completed", "failed", "uncertain"])
def test_its_page_and_the_viewer_say_the_price_of_this_moment(client, old, state):
    task = old(state)
    teach("0.8")
    pages = {"page": client.get(task.get_absolute_url()).content.decode()}
    if state == "completed":
        pages["viewer"] = client.get(f"/tasks/{task.pk}/viewer/").content.decode()
    for page in pages.values():
        paid = [shown for name in ("again", "vary", "send-again") for shown in forms(page, name)]
        assert paid
        assert all(shown == ["0.8"] for shown in paid)
        assert "· $0.80" in page
        assert "· $0.20" not in page


def test_a_price_that_changes_between_the_check_and_the_tasks_is_not_paid(
    client, alice, team_key, monkeypatch
):
    real = enqueue._require_key

    def teach_then(submission):
        teach("0.8")
        real(submission)

    monkeypatch.setattr(enqueue, "_require_key", teach_then)
    data = {"model": TURBO, "prompt": "A calm sea", "images": upload(), "shown_price": "0.2"}
    answer = client.post("/tasks/", data, headers=HTMX)
    assert answer.status_code == 422
    assert "The page showed $0.20; it is $0.80 now. Generate again" in answer.content.decode()
    assert not Task.objects.exists()
