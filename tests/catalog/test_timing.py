"""Expected times and deadlines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.catalog import MODELS, deadline_seconds, get_model

from .strategies import good_values, junk_values, patient

TURBO = "viduq2_turbo_img2video"


@pytest.mark.parametrize(
    ("model_id", "seconds"),
    [
        (TURBO, 20),
        ("viduq1_img2video", 45),
        ("vidu20_img2video", 60),
        ("viduq2_pro_fast_reference2video", 15),
        ("viduq2_reference2image", 15),
    ],
)
def test_usual_time(model_id: str, seconds: float) -> None:
    assert get_model(model_id).typical_seconds({}) == seconds


def test_longer_and_sharper_takes_longer() -> None:
    typical = get_model(TURBO).typical_seconds
    assert typical({"duration": 1}) < typical({}) < typical({"duration": 10})
    assert typical({"resolution": "540p"}) < typical({}) < typical({"resolution": "1080p"})


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ({}, 900),
        ({"duration": 10}, 900),
        ({"duration": 12}, 1080),
        ({"off_peak": True}, 48 * 3600),
        ({"duration": "x"}, 900),
    ],
)
def test_deadline(values: dict, seconds: int) -> None:
    assert deadline_seconds(get_model(TURBO), values) == seconds


@patient
@given(st.data())
def test_expected_time_lies_within_the_deadline(data: st.DataObject) -> None:
    spec = data.draw(st.sampled_from(list(MODELS.values())))
    values = data.draw(good_values(spec) | junk_values(spec))
    assert 0 < spec.typical_seconds(values) < deadline_seconds(spec, values)
