"""Every parameter of the five pages, copied from them by hand."""

import pytest

from generation.catalog import MODELS, Group, ParameterKind, get_model

IMG2VIDEO = (
    "images prompt audio voice_id is_rec bgm duration seed resolution movement_amplitude payload "
    "off_peak watermark wm_position wm_url callback_url"
)
PAGES = {
    "viduq2_turbo_img2video": IMG2VIDEO,
    "viduq1_img2video": IMG2VIDEO,
    "vidu20_img2video": IMG2VIDEO,
    "viduq2_pro_fast_reference2video": (
        "subjects prompt audio duration seed aspect_ratio resolution payload off_peak watermark "
        "wm_position wm_url meta_data callback_url"
    ),
    "viduq2_reference2image": "images prompt resolution aspect_ratio seed payload callback_url",
}
REQUIRED = {
    "viduq2_turbo_img2video": {"images"},
    "viduq1_img2video": {"images"},
    "vidu20_img2video": {"images"},
    "viduq2_pro_fast_reference2video": {"subjects", "prompt"},
    "viduq2_reference2image": {"prompt"},
}
MOVEMENT = ["auto", "small", "medium", "large"]
OPTIONS = [
    ("viduq2_turbo_img2video", "duration", list(range(1, 11)), 5),
    ("viduq2_turbo_img2video", "resolution", ["540p", "720p", "1080p"], "720p"),
    ("viduq2_turbo_img2video", "movement_amplitude", MOVEMENT, "auto"),
    ("viduq1_img2video", "duration", [5], 5),
    ("viduq1_img2video", "resolution", ["1080p"], "1080p"),
    ("viduq1_img2video", "movement_amplitude", MOVEMENT, "auto"),
    ("vidu20_img2video", "duration", [4, 8], 4),
    ("vidu20_img2video", "resolution", ["360p", "720p", "1080p"], "360p"),
    ("vidu20_img2video", "movement_amplitude", MOVEMENT, "auto"),
    ("viduq2_pro_fast_reference2video", "duration", list(range(1, 9)), 5),
    ("viduq2_pro_fast_reference2video", "resolution", ["720p", "1080p"], "720p"),
    ("viduq2_pro_fast_reference2video", "aspect_ratio", ["16:9", "9:16", "1:1"], "16:9"),
    ("viduq2_reference2image", "resolution", ["1080p", "2K", "4K"], "1080p"),
    (
        "viduq2_reference2image",
        "aspect_ratio",
        ["auto", "16:9", "9:16", "1:1", "3:4", "4:3", "21:9", "2:3", "3:2"],
        "16:9",
    ),
]
KINDS = {
    "images": ParameterKind.IMAGES,
    "subjects": ParameterKind.SUBJECTS,
    "prompt": ParameterKind.TEXT,
    "payload": ParameterKind.TEXT,
    "audio": ParameterKind.BOOLEAN,
    "is_rec": ParameterKind.BOOLEAN,
    "bgm": ParameterKind.BOOLEAN,
    "off_peak": ParameterKind.BOOLEAN,
    "watermark": ParameterKind.BOOLEAN,
    "voice_id": ParameterKind.VOICE,
    "duration": ParameterKind.INTEGER,
    "seed": ParameterKind.SEED,
    "resolution": ParameterKind.CHOICE,
    "movement_amplitude": ParameterKind.CHOICE,
    "wm_position": ParameterKind.CORNER,
    "wm_url": ParameterKind.URL,
    "callback_url": ParameterKind.URL,
    "meta_data": ParameterKind.JSON,
}
EVERYDAY = [
    "images",
    "subjects",
    "prompt",
    "duration",
    "resolution",
    "aspect_ratio",
    "audio",
    "voice_id",
]
ALL = [(spec, parameter) for spec in MODELS.values() for parameter in spec.parameters]


def test_models_stand_in_the_order_of_the_studio() -> None:
    titles = ["Q2 Turbo", "Q1", "Vidu 2.0", "Q2 Pro Fast", "Q2 Image"]
    assert [spec.title for spec in MODELS.values() if spec.title in titles] == titles
    assert len({spec.place for spec in MODELS.values()}) == len(MODELS)


def test_get_model_knows_no_other() -> None:
    assert get_model("viduq1_img2video").title == "Q1"
    with pytest.raises(KeyError):
        get_model("viduq9")


@pytest.mark.parametrize("model_id", PAGES)
def test_every_parameter_of_the_page_is_there(model_id: str) -> None:
    spec = get_model(model_id)
    assert sorted(spec.names) == sorted(PAGES[model_id].split())
    assert {p.name for p in spec.parameters if p.required} == REQUIRED[model_id]


@pytest.mark.parametrize(("model_id", "name", "options", "default"), OPTIONS)
def test_options_and_default(model_id: str, name: str, options: list, default: object) -> None:
    parameter = get_model(model_id).parameter(name)
    assert [option.value for option in parameter.options] == options
    assert parameter.default == default


@pytest.mark.parametrize(
    ("model_id", "words"),
    [
        ("viduq2_turbo_img2video", "Adds 10 points to the task: $0.05 at list price."),
        ("viduq1_img2video", "Costs additional points per task; the provider does not say how"),
        ("vidu20_img2video", "Costs additional points per task; the provider does not say how"),
    ],
)
def test_a_recommended_prompt_costs_what_the_page_says(model_id: str, words: str) -> None:
    assert words in get_model(model_id).parameter("is_rec").help


def test_option_tables_cover_every_list() -> None:
    told = {(model_id, name) for model_id, name, _, _ in OPTIONS}
    listed = {(spec.id, p.name) for spec, p in ALL if p.options and p.name != "wm_position"}
    assert {one for one in listed if one[0] in REQUIRED} == told


def test_switches_are_off_by_default() -> None:
    assert all(p.default is False for _, p in ALL if p.kind is ParameterKind.BOOLEAN)


def test_kinds() -> None:
    for spec, parameter in ALL:
        if parameter.name == "aspect_ratio":
            free = spec.id == "viduq2_pro_fast_reference2video"
            assert parameter.kind is (ParameterKind.RATIO if free else ParameterKind.CHOICE)
        else:
            assert parameter.kind is KINDS[parameter.name]


def test_everyday_fields_stand_open() -> None:
    for _, parameter in ALL:
        assert (parameter.group is Group.EVERYDAY) == (parameter.name in EVERYDAY)


def test_watermark_corners() -> None:
    corners = get_model("vidu20_img2video").parameter("wm_position")
    assert [(o.value, o.label) for o in corners.options] == [
        (1, "Top left"),
        (2, "Top right"),
        (3, "Bottom right"),
        (4, "Bottom left"),
    ]
    assert corners.default == 3


def test_lengths_of_texts() -> None:
    assert {p.max_length for _, p in ALL if p.name == "prompt"} == {2000}
    assert {p.max_length for _, p in ALL if p.name == "payload"} == {1048576}


@pytest.mark.parametrize(
    ("model_id", "name", "low", "high", "side"),
    [
        ("viduq2_turbo_img2video", "images", 1, 1, 1),
        ("viduq1_img2video", "images", 1, 1, 1),
        ("vidu20_img2video", "images", 1, 1, 1),
        ("viduq2_pro_fast_reference2video", "subjects", 1, 7, 128),
        ("viduq2_reference2image", "images", 0, 7, 128),
    ],
)
def test_image_limits(model_id: str, name: str, low: int, high: int, side: int) -> None:
    parameter = get_model(model_id).parameter(name)
    assert (parameter.minimum, parameter.maximum) == (low, high)
    assert parameter.images is not None
    assert parameter.images.min_side == side
    assert parameter.images.max_bytes == 50 * 1024 * 1024
    assert (parameter.images.min_ratio, parameter.images.max_ratio) == (0.25, 4.0)


def test_off_peak_says_why_it_cannot_be_used() -> None:
    reasons = {p.unavailable for _, p in ALL if p.name == "off_peak"}
    assert reasons == {"Marked as temporarily unavailable by the provider."}
    assert not any(p.unavailable for _, p in ALL if p.name != "off_peak")


def test_words_for_members_are_plain() -> None:
    for spec, parameter in ALL:
        assert parameter.label
        assert parameter.help.endswith(".")
        for text in (spec.about, parameter.label, parameter.help):
            assert "!" not in text
