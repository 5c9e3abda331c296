"""What tasks alike were charged is the price of the next one: in the form, and when it is held."""

from decimal import Decimal

import pytest
from django.urls import reverse

from generation.catalog import MODELS
from generation.models import LearnedPrice
from generation.money import prices
from tests.forms.helpers import images_of

TURBO = MODELS["viduq2_turbo_img2video"]
IMAGE = MODELS["viduq2_reference2image"]


@pytest.fixture
def finished(submitted, end):
    """Ends tasks of five seconds as completed, each with one of the costs."""

    def run(*costs, **fields):
        for cost in costs:
            end(submitted(**fields), "completed", cost=Decimal(cost))

    return run


def price(spec=TURBO, **values):
    found = prices.price_of(spec, {"prompt": "x", "duration": 5} | values)
    return found.usd, found.basis


def test_without_any_it_is_the_list_price(db):
    assert price() == (Decimal("0.2"), "list price")
    assert prices.price_of(IMAGE, {"prompt": "x"}).usd is None


def test_it_is_the_median_of_the_latest(finished):
    finished("0.25")
    assert price() == (Decimal("0.25"), "from your last one like this")
    finished("0.27", "9.00", "0.26")
    assert price() == (Decimal("0.265"), "from your last 4 like this")


def test_old_ones_are_forgotten(finished, monkeypatch):
    monkeypatch.setattr(prices, "LATEST", 3)
    finished("9", "9", "0.25", "0.25", "0.25")
    assert price() == (Decimal("0.25"), "from your last 3 like this")


def test_only_what_is_alike_counts(finished):
    finished("0.25")
    assert price(duration=6)[1] == "list price"
    assert price(resolution="1080p")[1] == "list price"
    # A default that is given changes nothing.
    assert price(resolution="720p") == price()


def test_a_failure_teaches_nothing(submitted, end):
    end(submitted(), "failed", cost=Decimal("0.05"))
    end(submitted(), "completed", cost=Decimal(0))
    assert not LearnedPrice.objects.exists()


def test_a_price_that_nobody_publishes_is_known_once_one_is_made(finished):
    finished("0.03", model=IMAGE.id, params={"prompt": "x"})
    assert prices.price_of(IMAGE, {"prompt": "another"}).usd == Decimal("0.03")


def test_the_reservation_and_the_form_say_the_same(finished, submitted, client_for, alice):
    finished("0.25")
    task = submitted(variations=2)[0]
    assert task.estimate == Decimal("0.25")
    (image,) = images_of(alice, 1)
    data = {"model": TURBO.id, "prompt": "A boat", "duration": "5", "image_ids": str(image.pk)}
    client = client_for(alice)
    shown = client.post(reverse("composer") + "?part=options", data | {"variations": "2"})
    page = shown.content.decode()
    assert 'name="shown_price" value="0.5"' in page
    assert "From your last one like this" in page
    stale = client.post(reverse("tasks"), data | {"shown_price": "0.2"})
    assert stale.status_code == 422
    assert "The page showed $0.20; it is $0.25 now." in stale.content.decode()
    made = client.post(reverse("tasks"), data | {"shown_price": "0.25"})
    assert made.status_code == 303


def test_what_was_made_before_is_learned_with_the_upgrade(finished):
    finished("0.25", "0.27", "0.26")
    kept = LearnedPrice.objects.get()
    LearnedPrice.objects.all().delete()
    prices.begin()
    learned = LearnedPrice.objects.get()
    assert (learned.pk, learned.median, learned.costs) == (kept.pk, kept.median, kept.costs)


def test_a_price_is_one_query(finished, django_assert_num_queries):
    finished("0.25")
    with django_assert_num_queries(1):
        prices.prices_of({model: {"prompt": "x"} for model in MODELS})
