"""List prices against the worked examples of the vendor's list."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.catalog import MODELS, Price, get_model

from .strategies import good_values, junk_values, patient

TURBO, Q1, VIDU20 = "viduq2_turbo_img2video", "viduq1_img2video", "vidu20_img2video"
UNPRICED = ["viduq2_pro_fast_reference2video", "viduq2_reference2image"]


def list_price(model_id: str, **values: Any) -> Price:
    return get_model(model_id).list_price(values)


@pytest.mark.parametrize(
    ("model_id", "values", "usd"),
    [
        (TURBO, {}, "0.20"),
        (TURBO, {"duration": 5, "resolution": "720p"}, "0.20"),
        (TURBO, {"is_rec": True}, "0.25"),
        (TURBO, {"resolution": "1080p"}, "0.375"),
        (TURBO, {"resolution": "1080p", "duration": 1}, "0.175"),
        (TURBO, {"resolution": "540p", "duration": 1}, "0.03"),
        (TURBO, {"resolution": "540p", "duration": 8}, "0.10"),
        (TURBO, {"resolution": "540p", "duration": 9}, "0.20"),
        (TURBO, {"resolution": "540p", "duration": 10}, "0.30"),
        (TURBO, {"duration": 1}, "0.04"),
        (TURBO, {"duration": 2}, "0.05"),
        (TURBO, {"duration": 3}, "0.10"),
        (TURBO, {"duration": 4}, "0.15"),
        (TURBO, {"duration": 8}, "0.35"),
        (Q1, {}, "0.40"),
        (VIDU20, {}, "0.10"),
        (VIDU20, {"resolution": "720p"}, "0.20"),
        (VIDU20, {"resolution": "1080p"}, "0.50"),
        (VIDU20, {"duration": 8}, "0.50"),
    ],
)
def test_worked_examples(model_id: str, values: dict[str, Any], usd: str) -> None:
    assert list_price(model_id, **values) == Price(Decimal(usd))


@pytest.mark.parametrize("model_id", [TURBO, Q1, VIDU20])
def test_sound_makes_it_a_lower_bound(model_id: str) -> None:
    silent, loud = list_price(model_id), list_price(model_id, audio=True)
    assert loud.usd == silent.usd
    assert loud.at_least
    assert "Sound" in loud.note


@pytest.mark.parametrize(
    ("model_id", "values", "usd"),
    [
        (VIDU20, {"duration": 8, "resolution": "720p", "is_rec": True}, "0.55"),
        (Q1, {"is_rec": True}, "0.45"),
    ],
)
def test_what_a_page_does_not_say_is_called_assumed(
    model_id: str, values: dict[str, Any], usd: str
) -> None:
    price = list_price(model_id, **values)
    assert (price.usd, price.at_least) == (Decimal(usd), False)
    assert price.note == "Recommended prompt costs extra; 10 points are assumed."


@pytest.mark.parametrize("extra", ["audio", "off_peak"])
def test_every_note_is_told_and_fits_the_task(extra: str) -> None:
    price = list_price(Q1, is_rec=True, **{extra: True})
    assert price.note.startswith("Recommended prompt costs extra")
    assert price.note.endswith("publish how much.")
    assert len(price.note) <= 120


@pytest.mark.parametrize("model_id", UNPRICED)
def test_unpublished_prices_are_unknown(model_id: str) -> None:
    assert list_price(model_id).usd is None
    assert list_price(model_id).note
    assert get_model(model_id).cheapest.usd is None


def test_off_peak_says_that_it_costs_less() -> None:
    assert "less" in list_price(TURBO, off_peak=True).note


def test_a_combination_without_a_price_is_unknown() -> None:
    assert list_price(VIDU20, duration=8, resolution="1080p").usd is None
    assert list_price(TURBO, duration=11).usd is None


@pytest.mark.parametrize("model_id", [TURBO, Q1, VIDU20])
def test_cheapest_is_the_least_of_all(model_id: str) -> None:
    spec = get_model(model_id)
    durations = [option.value for option in spec.parameter("duration").options]
    resolutions = [option.value for option in spec.parameter("resolution").options]
    prices = [
        spec.list_price({"duration": duration, "resolution": resolution})
        for duration, resolution in product(durations, resolutions)
    ]
    assert spec.cheapest.usd == min(price.usd for price in prices if price.usd is not None)


@patient
@given(st.data())
def test_every_allowed_task_of_a_priced_model_has_a_price(data: st.DataObject) -> None:
    spec = get_model(data.draw(st.sampled_from([TURBO, Q1, VIDU20])))
    price = spec.list_price(data.draw(good_values(spec)))
    assert price.usd is not None
    assert spec.cheapest.usd is not None
    assert price.usd >= spec.cheapest.usd


@patient
@given(st.data())
def test_prices_never_raise_and_are_never_negative(data: st.DataObject) -> None:
    spec = data.draw(st.sampled_from(list(MODELS.values())))
    price = spec.list_price(data.draw(good_values(spec) | junk_values(spec)))
    assert price.usd is None or price.usd > 0
