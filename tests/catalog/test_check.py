"""What the checks take and refuse."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.catalog import (
    MODELS,
    Problem,
    check,
    closed,
    effective,
    get_model,
    mentioned,
    narrowed,
    notes,
)

from .strategies import good_values, junk_values, patient
from .test_vectors import params

TURBO, Q1, VIDU20 = "viduq2_turbo_img2video", "viduq1_img2video", "vidu20_img2video"
REFERENCE, IMAGE = "viduq2_pro_fast_reference2video", "viduq2_reference2image"
LEAST: dict[str, dict[str, Any]] = {
    TURBO: {"images": ["x"]},
    Q1: {"images": ["x"]},
    VIDU20: {"images": ["x"]},
    REFERENCE: {"subjects": [{"id": "anna", "images": ["x"]}], "prompt": "@anna waves"},
    IMAGE: {"prompt": "A cup"},
}


def required_of(model_id: str) -> dict[str, Any]:
    """The required ones of its vector."""
    sent = params(model_id)
    return {p.name: sent[p.name] for p in get_model(model_id).parameters if p.required}


for _new in MODELS.keys() - LEAST:
    LEAST[_new] = required_of(_new)


def problems(model_id: str, **values: Any) -> list[Problem]:
    return check(get_model(model_id), LEAST[model_id] | values)


def only(found: list[Problem]) -> Problem:
    assert len(found) == 1, found
    return found[0]


def subject(name: str, images: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": name, "images": ["x"] * images, **more}


@patient
@given(st.data())
def test_values_that_obey_the_page_have_no_problem(data: st.DataObject) -> None:
    spec = data.draw(st.sampled_from(list(MODELS.values())))
    assert check(spec, data.draw(good_values(spec))) == []


@patient
@given(st.data())
def test_junk_never_raises_and_every_problem_names_its_parameter(data: st.DataObject) -> None:
    spec = data.draw(st.sampled_from(list(MODELS.values())))
    values = data.draw(junk_values(spec))
    for problem in check(spec, values, off_peak=data.draw(st.booleans())):
        assert problem.parameter in {*spec.names, *values}
        assert problem.message
        assert problem.code


@patient
@given(st.data())
def test_rules_take_junk_too(data: st.DataObject) -> None:
    spec = data.draw(st.sampled_from(list(MODELS.values())))
    values = data.draw(junk_values(spec))
    effective(spec, values)
    assert set(notes(spec, values)) | set(closed(spec, values)) <= set(spec.names)
    for name in spec.names:
        narrowed(spec, name, values)


@pytest.mark.parametrize("model_id", MODELS)
def test_the_least_a_model_needs_is_enough(model_id: str) -> None:
    assert problems(model_id) == []


@pytest.mark.parametrize(
    ("model_id", "name", "code"),
    [
        (TURBO, "images", "008007002"),
        (Q1, "images", "8008003001"),
        (VIDU20, "images", "008005001"),
        (REFERENCE, "subjects", "008017002"),
        (REFERENCE, "prompt", "008017099"),
        (IMAGE, "prompt", "008023003"),
    ],
)
def test_required_parameters(model_id: str, name: str, code: str) -> None:
    values = {key: value for key, value in LEAST[model_id].items() if key != name}
    problem = check(get_model(model_id), values)[0]
    assert (problem.parameter, problem.code) == (name, code)


@pytest.mark.parametrize(
    ("model_id", "name", "value", "code"),
    [
        (TURBO, "duration", 11, "008007004"),
        (TURBO, "duration", True, "008007004"),
        (TURBO, "duration", "5", "008007004"),
        (TURBO, "resolution", "360p", "008007005"),
        (TURBO, "images", ["x", "y"], "008007002"),
        (TURBO, "prompt", "x" * 2001, "008007002"),
        (TURBO, "payload", "x" * 1048577, "008007002"),
        (TURBO, "audio", "on", "008007002"),
        (TURBO, "wm_position", 5, "008007002"),
        (TURBO, "wm_url", "ftp://studio.example/x", "008007002"),
        (TURBO, "callback_url", "studio.example", "008007002"),
        (TURBO, "seed", -1, "008007002"),
        (TURBO, "style", "anime", "008007002"),
        (Q1, "duration", 4, "8008003002"),
        (Q1, "resolution", "720p", "8008003002"),
        (Q1, "images", ["x", "y"], "8008003004"),
        (VIDU20, "duration", 5, "008005005"),
        (VIDU20, "resolution", "540p", "008005006"),
        (VIDU20, "images", ["x", "y"], "008005004"),
        (REFERENCE, "duration", 9, "008017099"),
        (REFERENCE, "resolution", "540p", "008017099"),
        (REFERENCE, "aspect_ratio", "16x9", "008017099"),
        (REFERENCE, "meta_data", "{", "008017099"),
        (REFERENCE, "meta_data", '{"Label": NaN}', "008017099"),
        (REFERENCE, "voice_id", "English_Aussie_Bloke", "008017099"),
        (IMAGE, "images", ["x"] * 8, "008023002"),
        (IMAGE, "resolution", "2k", "008023099"),
        (IMAGE, "aspect_ratio", "5:4", "008023099"),
    ],
)
def test_wrong_values_get_the_documented_code(
    model_id: str, name: str, value: Any, code: str
) -> None:
    problem = only(problems(model_id, **{name: value}))
    assert (problem.parameter, problem.code) == (name, code)


@pytest.mark.parametrize("model_id", [TURBO, Q1, VIDU20])
def test_voice_needs_sound(model_id: str) -> None:
    problem = only(problems(model_id, voice_id="English_Aussie_Bloke"))
    assert problem.parameter == "voice_id"
    assert problems(model_id, voice_id="English_Aussie_Bloke", audio=True) == []


@pytest.mark.parametrize("model_id", [TURBO, Q1, VIDU20, REFERENCE])
def test_off_peak_is_refused_unless_switched_on(model_id: str) -> None:
    values = LEAST[model_id] | {"off_peak": True}
    assert only(problems(model_id, off_peak=True)).parameter == "off_peak"
    assert check(get_model(model_id), values, off_peak=True) == []


@pytest.mark.parametrize("model_id", [TURBO, Q1, VIDU20, REFERENCE])
def test_off_peak_never_goes_with_sound(model_id: str) -> None:
    values = LEAST[model_id] | {"off_peak": True, "audio": True}
    problem = only(check(get_model(model_id), values, off_peak=True))
    assert problem.parameter == "off_peak"
    assert "Sound" in problem.message


@pytest.mark.parametrize("resolution", ["360p", "1080p"])
def test_vidu20_eight_seconds_are_720p(resolution: str) -> None:
    problem = only(problems(VIDU20, duration=8, resolution=resolution))
    assert (problem.parameter, problem.code) == ("resolution", "008005006")
    assert "Duration" in problem.message
    assert problems(VIDU20, duration=8, resolution="720p") == []


def test_auto_aspect_ratio_needs_an_image() -> None:
    assert only(problems(IMAGE, aspect_ratio="auto")).parameter == "aspect_ratio"
    assert problems(IMAGE, aspect_ratio="auto", images=["x"]) == []


def test_any_ratio_works_for_reference_video() -> None:
    assert problems(REFERENCE, aspect_ratio="21:9") == []


def test_sound_without_subjects_has_a_code_of_its_own() -> None:
    found = check(get_model(REFERENCE), {"prompt": "A storm", "audio": True})
    assert only(found) == Problem(
        "subjects",
        "Sound needs Subjects. Pick at least one subject or turn Sound off.",
        "008017001",
    )


@pytest.mark.parametrize(
    "subjects",
    [
        [subject(f"s{n}") for n in range(8)],
        [subject("anna", 4)],
        [subject("anna", 0)],
        [subject("anna", 3), subject("rex", 3), subject("kim", 2)],
        [subject("anna"), subject("anna")],
        [{"images": ["x"]}],
        "anna",
    ],
)
def test_subjects_out_of_limits(subjects: Any) -> None:
    problem = only(problems(REFERENCE, subjects=subjects, prompt="A storm"))
    assert (problem.parameter, problem.code) == ("subjects", "008017003")


def test_seven_images_in_total_are_fine() -> None:
    subjects = [subject("anna", 3), subject("rex", 3), subject("kim", 1, voice_id="x")]
    assert problems(REFERENCE, subjects=subjects) == []


def test_a_mention_must_be_picked() -> None:
    problem = only(problems(REFERENCE, prompt="@anna meets @rex"))
    assert problem.parameter == "prompt"
    assert "@rex" in problem.message


@pytest.mark.parametrize(
    ("prompt", "handles"),
    [
        ("@anna and @rex, then @anna", ["anna", "rex"]),
        ("让@anna跑步", ["anna"]),
        ("Write to anna@studio.example", []),
        ("@@anna @ @", []),
    ],
)
def test_mentions(prompt: str, handles: list[str]) -> None:
    assert mentioned(prompt) == handles
