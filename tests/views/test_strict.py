"""Whatever is not exactly offered is refused by name, and nothing is made of it."""

import re
from uuid import uuid4

import pytest

from generation.catalog import MODELS
from generation.models import Task
from tests.factories import make_key, make_subject
from tests.forms.helpers import images_of, upload

TURBO, VIDU20 = "viduq2_turbo_img2video", "vidu20_img2video"
REFERENCE, STILLS = "viduq2_pro_fast_reference2video", "viduq2_reference2image"
HTMX = {"hx-request": "true"}


@pytest.fixture
def client(client_for, alice, team_key):
    make_subject(alice, "rex")
    return client_for(alice)


def post(client, model=STILLS, /, *, htmx=True, **data):
    data = {"model": model, "prompt": "Kept words", **data}
    if model == TURBO:
        data.setdefault("images", upload())
    given = {name: value for name, value in data.items() if value is not None}
    return client.post("/tasks/", given, headers=HTMX if htmx else {})


def refused(response, *words):
    html = response.content.decode()
    assert response.status_code == 422, html[:500]
    assert not Task.objects.exists()
    assert "Kept words" in html
    summary = html.split('id="error-summary"')[1].split("</ul>")[0]
    for word in words:
        assert word in summary, summary
    return html


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("model", "data", "named"),
    [
        (TURBO, {"visibility": "everyone"}, "Seen by"),
        (TURBO, {"visibility": "Team"}, "Seen by"),
        (TURBO, {"audio": "maybe"}, "Sound"),
        (TURBO, {"audio": "TRUE"}, "Sound"),
        (TURBO, {"variations": "5"}, "Variations"),
        (TURBO, {"variations": "9"}, "Variations"),
        (TURBO, {"variations": "0"}, "Variations"),
        (TURBO, {"variations": "٢"}, "Variations"),
        (TURBO, {"variations": " 2 "}, "Variations"),
        (TURBO, {"duration": " 5 "}, "Duration"),
        (TURBO, {"duration": "5.0"}, "Duration"),
        (TURBO, {"duration": "٥"}, "Duration"),
        (TURBO, {"duration": "5_0"}, "Duration"),
        (TURBO, {"duration": "+5"}, "Duration"),
        (TURBO, {"resolution": "720P"}, "Resolution"),
        (TURBO, {"wm_position": "5"}, "Watermark position"),
        (TURBO, {"seed": "٧"}, "Seed"),
        (TURBO, {"seed": "1_000"}, "Seed"),
        (TURBO, {"seed": " 7"}, "Seed"),
        (TURBO, {"seed": "7.0"}, "Seed"),
        (TURBO, {"seed": "-7"}, "Seed"),
        (TURBO, {"seed": "9" * 30}, "Seed"),
        (TURBO, {"aspect_ratio": "16:9"}, "aspect_ratio"),
        (TURBO, {"subjects": "rex"}, "subjects"),
        (TURBO, {"mood": "happy"}, "mood"),
        (TURBO, {"image_ids": str(uuid4())}, "First frame"),
        (TURBO, {"image_ids": "none"}, "First frame"),
        (TURBO, {"duration": ["5", "8"]}, "duration"),
        (TURBO, {"visibility": ["team", "private"]}, "visibility"),
        (TURBO, {"model": [TURBO, VIDU20]}, "model"),
        (STILLS, {"image_urls": ["https://a.example/1", "https://a.example/2"]}, "image_urls"),
        (REFERENCE, {"subjects": "rex", "meta_data_Label": ["1", "2"]}, "meta_data_Label"),
        (REFERENCE, {"subjects": "rex", "aspect_ratio_custom": ["7:5", "5:7"]}, "_custom"),
        (TURBO, {"voice_id": ["a", "b"]}, "voice_id"),
        (TURBO, {"csrfmiddlewaretoken": ["a", "b"]}, "csrfmiddlewaretoken"),
        (TURBO, {"key": "team"}, "Key"),
        (TURBO, {"key": str(uuid4())}, "Key"),
        (TURBO, {"key": " "}, "Key"),
        (TURBO, {"key": "\n"}, "Key"),
        (TURBO, {"submission": "again"}, "Form"),
        (TURBO, {"kind": "opera"}, "Kind"),
        (TURBO, {"anyway": "yes"}, "Anyway"),
        (TURBO, {"shown_price": "cheap"}, "Price"),
        (TURBO, {"images": "picture.png"}, "images"),
        (TURBO, {"film": upload()}, "film"),
        (STILLS, {"audio": "on"}, "audio"),
        (STILLS, {"aspect_ratio": "5:4"}, "Aspect ratio"),
        (STILLS, {"image_urls": "ftp://a.example/1.png"}, "Reference images"),
        (STILLS, {"image_urls": "https:///1.png"}, "Reference images"),
        (STILLS, {"image_urls": f"https://a.example/{'x' * 5000}"}, "Reference images"),
        (REFERENCE, {"subjects": "nobody"}, "Subjects"),
        (REFERENCE, {"subjects": "@rex"}, "Subjects"),
        (REFERENCE, {"subjects": ["rex", "rex"]}, "Subjects"),
        (REFERENCE, {"subjects": "rex", "image_urls": "https://a.example/1.png"}, "image_urls"),
        (REFERENCE, {"subjects": "rex", "images": upload()}, "images"),
        (REFERENCE, {"subjects": "rex", "aspect_ratio": "0:5"}, "Aspect ratio"),
        (REFERENCE, {"subjects": "rex", "aspect_ratio_custom": "wide"}, "Aspect ratio"),
        (
            REFERENCE,
            {"subjects": "rex", "meta_data": '{"Label": "1"}', "meta_data_Label": "2"},
            "Metadata label",
        ),
    ],
)  # fmt: skip
def test_it_is_refused_by_name(client, model, data, named, htmx):
    refused(post(client, model, htmx=htmx, **data), named)


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("model", [None, "", "viduq9_img2video", TURBO + " ", TURBO.upper()])
def test_without_a_known_model_nothing_is_made_and_the_studio_works(client, model, htmx):
    html = refused(post(client, model, htmx=htmx, duration="8", audio="on"), "Model")
    assert 'id="id_model-error"' in html
    # No model is chosen for the member, and the fields fit what was typed.
    assert not re.search(r'name="model"[^>]* checked', html)
    assert re.search(r'<option value="8" selected', html)
    assert re.search(r'name="audio"[^>]* checked', html)
    if not htmx:
        assert 'id="results"' in html


def test_the_fields_of_the_likeliest_model_come_back(client):
    html = refused(post(client, None, subjects="rex", aspect_ratio_custom="7:5"), "Model")
    assert 'value="7:5"' in html
    assert re.search(r'name="subjects" value="rex"[^>]* checked', html)


def test_what_is_wrong_stays_to_be_seen(client):
    html = refused(post(client, TURBO, duration="77"), "“77” is not offered")
    assert '<option value="77" selected>77 (not offered)</option>' in html
    assert 'aria-describedby="id_duration-help id_duration-note id_duration-error"' in html


@pytest.mark.parametrize("around", [" {} ", "{}\n", "\u00a0{}"])
def test_a_key_is_named_by_its_id_and_nothing_around_it(client, team_key, around):
    refused(post(client, TURBO, key=around.format(team_key.pk)), "This key cannot be used any more")


def test_without_a_name_it_is_the_first_key_that_one_may_use(client, team_key):
    assert post(client, STILLS, key="").status_code == 200
    assert Task.objects.get().key == team_key


def test_a_key_or_an_image_of_somebody_else_is_refused(client, bob):
    private = make_key(bob)
    refused(post(client, TURBO, key=str(private.pk)), "This key cannot be used any more")
    (image,) = images_of(bob, 1)
    refused(post(client, TURBO, images=None, image_ids=str(image.pk)), "no longer there for you")


def test_a_private_subject_of_somebody_else_is_unknown(client, bob):
    make_subject(bob, "secret", visibility="private")
    refused(post(client, REFERENCE, subjects="secret"), "no subject @secret")


@pytest.mark.parametrize("model", MODELS)
def test_empty_fields_of_other_models_say_nothing(client, alice, model):
    """A page that changes its model without JavaScript still posts the old fields."""
    everything = {name: "" for spec in MODELS.values() for name in spec.names if name != "images"}
    own = {"prompt": "A calm sea"} | ({"subjects": "rex"} if model == REFERENCE else {})
    if model not in (REFERENCE, STILLS):
        own["image_ids"] = str(images_of(alice, 1)[0].pk)
    assert client.post("/tasks/", everything | own | {"model": model}).status_code == 303
    assert Task.objects.get().params == {"prompt": "A calm sea"}


@pytest.mark.parametrize("name", ["prompt", "payload", "voice_id", "voice_id_custom", "wm_url",
                                  "seed", "model", "key", "visibility", "submission", "image_urls",
                                  "image_ids", "mood"])  # fmt: skip
def test_a_nul_is_refused_and_not_stored(client, name):
    response = post(client, TURBO, **{name: "a\0b"})
    assert response.status_code == 422
    assert not Task.objects.exists()


def test_a_nul_in_a_subject_is_refused(client):
    refused(post(client, REFERENCE, subjects="re\0x"), "Subjects")


def test_many_wrong_lines_make_a_small_page(client):
    lines = "\n".join(f"ftp://a.example/{number}" for number in range(10_000))
    response = post(client, STILLS, image_urls=lines)
    assert response.status_code == 422
    assert len(response.content) < len(lines) + 200_000
    assert "10000 given" in response.content.decode()


def test_many_unknown_names_and_subjects_make_a_small_page(client):
    names = {f"{number}{'x' * 500}": "1" for number in range(400)}
    response = post(client, REFERENCE, subjects=["y" * 500] * 400, **names)
    assert response.status_code == 422
    assert len(response.content) < 300_000
    assert "And 395 more." in response.content.decode()


def test_the_ratio_is_typed_as_people_do_and_sent_in_whole_numbers(client):
    post(client, REFERENCE, subjects="rex", aspect_ratio_custom="2.39:1")
    post(client, REFERENCE, subjects="rex", aspect_ratio="1.85:1")
    post(client, REFERENCE, subjects="rex", aspect_ratio="7:5")
    ratios = [task.params["aspect_ratio"] for task in Task.objects.order_by("created_at")]
    assert ratios == ["239:100", "37:20", "7:5"]


LABELS = ['{"Label": "1"}', "[1, 2]", '"text"', "7", "true", "null"]
LONG = ["9" * 5000, "-0." + "1" * 5000, '{"Label": ' + "9" * 5000 + "}", "1e999"]
NESTED = "[" * 50 + "]" * 50


@pytest.mark.parametrize("label", [*LABELS, *LONG, NESTED], ids=lambda label: label[:14])
def test_the_metadata_label_is_any_json(client, label):
    assert post(client, REFERENCE, subjects="rex", meta_data=label).status_code == 200
    assert Task.objects.get().whole_params()["meta_data"] == label


@pytest.mark.parametrize("label", ["NaN", "[Infinity]", "01", "'7'", "[7,]", '{"Label"}', "7 7"])
def test_what_is_no_json_is_no_metadata_label(client, label):
    refused(post(client, REFERENCE, subjects="rex", meta_data=label), "is not valid JSON")


def test_a_metadata_label_that_nobody_can_unfold_is_called_so(client):
    label = "[" * 100_000 + "]" * 100_000
    refused(post(client, REFERENCE, subjects="rex", meta_data=label), "is nested too deeply")


def test_a_long_number_of_the_label_is_one_value_in_both_places(client):
    """The form of keys shows it, and it contradicts nothing."""
    data = {"meta_data": '{"Label": ' + "9" * 5000 + "}", "meta_data_Label": "9" * 5000}
    refused(post(client, REFERENCE, subjects="rex", mood="x", **data), "mood")
    assert post(client, REFERENCE, subjects="rex", **data).status_code == 200


@pytest.mark.parametrize("text", [r"\ud800", r"a\u0000b", r"a\nb", " a "])
def test_a_label_that_no_field_of_one_line_can_hold_stands_in_the_json_alone(client, text):
    label = '{"Label": "' + text + '", "ProduceID": "7"}'
    html = refused(post(client, REFERENCE, subjects="rex", meta_data=label, mood="x"), "mood")
    assert re.search(r'id="id_meta_data_Label" value=""', html)
    data = {"meta_data": label, "meta_data_Label": "", "meta_data_ProduceID": "7"}
    assert post(client, REFERENCE, subjects="rex", **data).status_code == 200
    assert Task.objects.get().params["meta_data"] == label
