"""What another model has no use for is named, and goes along until one takes it."""

import json
from pathlib import Path

import pytest
from django.http import QueryDict

from generation.catalog import MODELS
from generation.forms.composer import ComposerForm
from generation.forms.left_out import left_out
from tests.factories import make_subject
from tests.forms.helpers import images_of

VECTORS = Path(__file__).parents[1] / "vectors"

TURBO, Q1, OLD = "viduq2_turbo_img2video", "viduq1_img2video", "vidu20_img2video"
STILLS, SUBJECTS = "viduq2_reference2image", "viduq2_pro_fast_reference2video"


def switched(user, **fields):
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    form = ComposerForm.posted(user, data, quiet=True)
    return form, left_out(form, data)


def test_what_fits_is_not_named(alice):
    _, found = switched(alice, model=Q1, prompt="A sea", audio="on", seed="7", variations="3")
    assert (str(found), found.values) == ("", {})


@pytest.mark.parametrize(
    ("model", "fields", "named", "values"),
    [
        (Q1, {"resolution": "540p"}, "Resolution 540p", {"resolution": ["540p"]}),
        (Q1, {"duration": "8", "resolution": "1080p"}, "Duration 8 s", {"duration": ["8"]}),
        (OLD, {"duration": "8", "resolution": "1080p"}, "Resolution 1080p", None),
        (STILLS, {"audio": "on", "bgm": "on"}, "Sound, Background music", None),
        (TURBO, {"subjects": ["anna", "rex"]}, "Subjects", {"subjects": ["anna", "rex"]}),
        (TURBO, {"meta_data_Label": "x"}, "Metadata label", {"meta_data_Label": ["x"]}),
        (TURBO, {"aspect_ratio_custom": "2.39:1"}, "Aspect ratio", None),
    ],
)
def test_what_the_model_does_not_take_is_named_and_kept(alice, model, fields, named, values):
    form, found = switched(alice, model=model, **fields)
    assert str(found) == f"{form.spec.title} does not take: {named}. Kept for a model that does."
    if values is not None:
        assert json.loads(found.as_json) == values


def test_more_images_than_the_model_takes_wait_for_one_that_takes_them(alice):
    images = images_of(alice, 3)
    ids = [str(image.pk) for image in images]
    form, found = switched(alice, model=TURBO, image_ids=ids)
    assert [given.image for given in form.shown_images] == images[:1]
    assert found.values == {"image_ids": ids[1:]}
    assert "2 images" in str(found)
    back, nothing = switched(alice, model=STILLS, image_ids=ids)
    assert [given.image for given in back.shown_images] == images
    assert nothing.values == {}


def test_unknown_names_and_empty_fields_are_passed_over(alice):
    _, found = switched(alice, model=Q1, resolution="", nonsense="x", subjects=[""])
    assert found.values == {}


@pytest.mark.parametrize("target", MODELS)
@pytest.mark.parametrize("source", MODELS)
def test_any_form_goes_over_to_any_model(client_for, alice, team_key, source, target):
    for handle in ("anna", "rex"):
        make_subject(alice, handle)
    given = json.loads((VECTORS / f"{source}.json").read_text())["form"]
    ids = [str(image.pk) for image in images_of(alice, 2)]
    choices = {"voice.anna": "", "images.anna": ["0"]}
    answer = client_for(alice).post(
        "/composer/", {**given, **choices, "image_ids": ids, "model": target}
    )
    assert answer.status_code == 200
    assert f'data-model="{target}"' in answer.content.decode()
