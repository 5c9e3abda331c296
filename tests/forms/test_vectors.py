"""Each model's vector: what a browser posts becomes exactly this JSON body."""

import json
from pathlib import Path

import pytest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from generation.catalog import MODELS
from generation.forms.composer import ComposerForm
from generation.gateway.body import build_body
from generation.lifecycle.enqueue import enqueue
from generation.lifecycle.request_params import request_params
from generation.models import Subject, SubjectImage, Task
from tests.forms.helpers import images_of, upload

VECTORS = Path(__file__).parent.parent / "vectors"


def post(form):
    data = QueryDict(mutable=True)
    for name, value in form.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def make_subjects(vector, owner):
    number = 0
    for entry in vector["subjects"]:
        subject = Subject.objects.create(
            owner=owner,
            handle=entry["handle"],
            title=entry["handle"].title(),
            voice_id=entry.get("voice_id", ""),
            visibility="team",
        )
        for position, image in enumerate(images_of(owner, entry["images"], first=number)):
            SubjectImage.objects.create(subject=subject, image=image, position=position)
        number += entry["images"]


def with_placeholders(params):
    """The body with each data URI replaced by its number, in the order it is sent."""
    numbers = iter(range(1, 20))

    def shorten(uris):
        assert all(uri.startswith("data:image/") and ";base64," in uri for uri in uris)
        return [f"<image {next(numbers)}>" for _ in uris]

    shown = dict(params)
    if "images" in shown:
        shown["images"] = shorten(shown["images"])
    if "subjects" in shown:
        shown["subjects"] = [{**s, "images": shorten(s["images"])} for s in shown["subjects"]]
    return shown


def body_of(model, vector, alice):
    """What the gateway would be sent when she posts the vector's form."""
    make_subjects(vector, alice)
    files = MultiValueDict({"images": [upload(number) for number in range(vector["images"])]})
    form = ComposerForm(MODELS[model], alice, post(vector["form"]), files)
    assert form.is_valid(), form.errors_summary
    (task,) = enqueue(form.submission_for())
    params, notes = request_params(Task.objects.get(pk=task.pk))
    assert notes == ()
    return build_body(task.model, with_placeholders(params))


@pytest.mark.parametrize("model", MODELS)
def test_form_becomes_the_exact_body(model, alice, team_key):
    vector = json.loads((VECTORS / f"{model}.json").read_text())
    body = body_of(model, vector, alice)
    assert body == vector["body"]
    # Nothing but JSON's own types, in the same words as on the wire.
    assert json.loads(json.dumps(body)) == vector["body"]


@pytest.mark.parametrize("model", MODELS)
def test_what_is_left_alone_is_not_sent(model, alice, team_key):
    """The gateway's defaults stay the gateway's."""
    spec = MODELS[model]
    owner_vector = {"subjects": [{"handle": "anna", "images": 1}]}
    make_subjects(owner_vector, alice)
    data = {"prompt": "A calm sea"} | ({"subjects": "anna"} if spec.has("subjects") else {})
    # A browser posts every empty select and text field.
    for parameter in spec.parameters:
        data.setdefault(parameter.name, "")
    files = MultiValueDict({"images": [upload(0)] if spec.has("images") else []})
    data.pop("images", None)
    form = ComposerForm(spec, alice, post(data), files)
    assert form.is_valid(), form.errors_summary
    assert form.values == {"prompt": "A calm sea"}
