"""Rules that tie parameters together: closed fields, notes, narrowed options."""

import pytest

from generation.catalog import (
    MODELS,
    Forbids,
    Ignores,
    ModelSpec,
    Narrows,
    closed,
    dependents,
    effective,
    get_model,
    narrowed,
    notes,
)

IMG2VIDEO = ["viduq2_turbo_img2video", "viduq1_img2video", "vidu20_img2video"]
VIDEO = [*IMG2VIDEO, "viduq2_pro_fast_reference2video"]
UNAVAILABLE = "Marked as temporarily unavailable by the provider."


def labels_named(spec: ModelSpec, text: str) -> int:
    return sum(parameter.label in text for parameter in spec.parameters)


@pytest.mark.parametrize("model_id", IMG2VIDEO)
def test_silent_video_closes_voice_and_nothing_else(model_id: str) -> None:
    assert set(closed(get_model(model_id), {}, off_peak=True)) == {"voice_id"}


@pytest.mark.parametrize("model_id", IMG2VIDEO)
def test_sound_closes_off_peak_and_opens_voice(model_id: str) -> None:
    assert set(closed(get_model(model_id), {"audio": True}, off_peak=True)) == {"off_peak"}


def test_reference_video_closes_only_off_peak() -> None:
    spec = get_model("viduq2_pro_fast_reference2video")
    assert closed(spec, {}, off_peak=True) == {}
    assert set(closed(spec, {"audio": True}, off_peak=True)) == {"off_peak"}


def test_reference_image_closes_nothing() -> None:
    assert closed(get_model("viduq2_reference2image"), {}) == {}


@pytest.mark.parametrize("model_id", VIDEO)
def test_off_peak_is_closed_unless_switched_on(model_id: str) -> None:
    spec = get_model(model_id)
    assert closed(spec, {})["off_peak"] == UNAVAILABLE
    assert "off_peak" not in closed(spec, {}, off_peak=True)


@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_forbidding_rules_name_both_fields(spec: ModelSpec) -> None:
    for rule in spec.rules:
        if isinstance(rule, Forbids):
            assert spec.parameter(rule.when.parameter).label in rule.message
            assert spec.parameter(rule.then.parameter).label in rule.message


@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_rules_speak_of_real_parameters_and_options(spec: ModelSpec) -> None:
    for rule in spec.rules:
        assert spec.has(rule.when.parameter)
        if isinstance(rule, Ignores):
            assert spec.has(rule.parameter)
        if isinstance(rule, Narrows):
            options = {option.value for option in spec.parameter(rule.parameter).options}
            assert set(rule.options) <= options
            assert rule.default in rule.options
            assert labels_named(spec, rule.message) >= 2


def test_vidu20_default_resolution_follows_the_duration() -> None:
    spec = get_model("vidu20_img2video")
    assert effective(spec, {})["resolution"] == "360p"
    assert effective(spec, {"duration": 4})["resolution"] == "360p"
    assert effective(spec, {"duration": 8})["resolution"] == "720p"


def test_vidu20_offers_only_720p_for_eight_seconds() -> None:
    spec = get_model("vidu20_img2video")
    parameter = narrowed(spec, "resolution", {"duration": 8})
    assert [(o.value, o.label) for o in parameter.options] == [("720p", "720p")]
    assert len(narrowed(spec, "resolution", {"duration": 4}).options) == 3


@pytest.mark.parametrize(("duration", "noted"), [(8, False), (9, True), (10, True)])
def test_q2_turbo_music_has_no_effect_in_long_videos(duration: int, noted: bool) -> None:
    values = {"duration": duration, "bgm": True}
    assert ("bgm" in notes(get_model("viduq2_turbo_img2video"), values)) is noted


@pytest.mark.parametrize("model_id", IMG2VIDEO)
def test_recommended_prompt_notes_its_price_beside_the_prompt(model_id: str) -> None:
    spec = get_model(model_id)
    assert "prompt" not in notes(spec, {})
    note = notes(spec, {"is_rec": True})["prompt"]
    assert "Recommended prompt" in note
    assert "10 points ($0.05)" in note


@pytest.mark.parametrize("model_id", VIDEO)
def test_watermark_details_need_the_watermark(model_id: str) -> None:
    spec = get_model(model_id)
    assert {"wm_position", "wm_url"} <= set(notes(spec, {}))
    assert not {"wm_position", "wm_url"} & set(notes(spec, {"watermark": True}))


def test_voices_of_subjects_are_heard_only_with_sound() -> None:
    spec = get_model("viduq2_pro_fast_reference2video")
    subjects = [{"id": "anna", "images": ["x"], "voice_id": "English_Graceful_Lady"}]
    assert "subjects" in notes(spec, {"subjects": subjects})
    assert "subjects" not in notes(spec, {"subjects": subjects, "audio": True})
    assert "subjects" not in notes(spec, {"subjects": [{"id": "anna", "images": ["x"]}]})


def test_dependents_are_the_fields_that_follow_others() -> None:
    assert dependents(get_model("vidu20_img2video")) == {
        "resolution",
        "prompt",
        "voice_id",
        "off_peak",
        "wm_position",
        "wm_url",
    }
