"""The price that the page showed is the price that is paid, or nothing is sent."""

import re

import pytest

from generation.catalog import MODELS
from generation.models import LearnedPrice, Task
from generation.money.prices import alike_of
from tests.forms.helpers import upload

VIDU20, TURBO = "vidu20_img2video", "viduq2_turbo_img2video"
HTMX = {"hx-request": "true"}


@pytest.fixture
def client(client_for, alice, team_key):
    return client_for(alice)


def send(client, model=VIDU20, *, htmx=True, **data):
    data = {"model": model, "prompt": "A calm sea", "images": upload(), **data}
    return client.post("/tasks/", data, headers=HTMX if htmx else {})


def shown(html):
    return re.findall(r'name="shown_price" value="([^"]*)"', html)


def test_the_form_carries_what_the_page_shows(client):
    html = client.get("/", {"model": VIDU20}).content.decode()
    assert shown(html) == ["0.1"]
    assert "$0.10" in html
    data = {"model": VIDU20, "duration": "8", "variations": "2"}
    html = client.post("/composer/?part=options", data, headers=HTMX).content.decode()
    assert shown(html) == ["1"]
    assert "$1.00" in html
    stills = client.get("/", {"model": "viduq2_reference2image"}).content.decode()
    assert shown(stills) == ["unknown"]


def test_price_and_what_is_left_stand_beside_the_button(client, alice):
    alice.monthly_budget = "1.20"
    alice.save(update_fields=["monthly_budget"])
    options = client.post(
        "/composer/?part=options", {"model": VIDU20, "variations": "3"}, headers=HTMX
    ).content.decode()
    page = client.get("/", {"model": VIDU20}).content.decode()
    button = page[page.index('id="generate"') :].split("</button>")[0]
    assert "$0.10" in button
    beside = page[: page.index('id="generate"')].rsplit('class="price-line', 1)[1]
    assert "$1.20" in beside
    assert shown(options) == ["0.3"]


def test_a_lost_refresh_does_not_cost_more_than_was_shown(client):
    """5 s were shown, 8 s chosen, and the page never heard of the other price."""
    html = send(client, TURBO, duration="8", shown_price="0.2").content.decode()
    assert "The page showed $0.20; it is $0.35 now." in html
    assert not Task.objects.exists()


@pytest.mark.parametrize("htmx", [True, False])
def test_a_stale_price_sends_nothing_and_says_both(client, htmx):
    response = send(client, htmx=htmx, duration="8", shown_price="0.1")
    html = response.content.decode()
    assert response.status_code == 422
    assert not Task.objects.exists()
    assert "The page showed $0.10; it is $0.50 now." in html
    # The answer brings the new price along: pressing again pays it.
    assert shown(html) == ["0.5"]
    assert send(client, duration="8", shown_price="0.5").status_code == 200
    assert Task.objects.count() == 1


def test_the_price_is_that_of_all_variations(client):
    assert send(client, variations="2", shown_price="0.1").status_code == 422
    assert send(client, variations="2", shown_price="0.20").status_code == 200


def test_an_unknown_price_is_a_price_too(client):
    stills = {"model": "viduq2_reference2image", "prompt": "A cup"}
    known = client.post("/tasks/", stills | {"shown_price": "0.1"}, headers=HTMX)
    assert known.status_code == 422
    assert "The page showed $0.10; the price is not known now." in known.content.decode()
    assert (
        client.post("/tasks/", stills | {"shown_price": "unknown"}, headers=HTMX).status_code == 200
    )
    assert send(client, shown_price="unknown").status_code == 422


def test_who_shows_no_price_need_not_send_one(client):
    assert send(client).status_code == 200


def test_a_wrong_form_is_not_told_about_prices(client):
    html = send(client, duration="77", shown_price="0.1").content.decode()
    assert "The page showed" not in html


def test_the_page_s_price_follows_what_was_learned(client):
    form = {"model": VIDU20, "variations": "2"}
    assert shown(client.post("/composer/?part=price", form, headers=HTMX).content.decode()) == [
        "0.2"
    ]
    LearnedPrice.objects.create(alike=alike_of(MODELS[VIDU20], {}), costs=[80_000], median=80_000)
    html = client.post("/composer/?part=price", form, headers=HTMX).content.decode()
    assert shown(html) == ["0.16"]
    assert " 2 · $0.16" in html
    assert "id_prompt" not in html
