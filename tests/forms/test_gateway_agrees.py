"""What the form accepts, a real gateway of the same pages accepts; what it refuses, it says."""

from collections import Counter

import pytest
from django.utils.datastructures import MultiValueDict
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from generation.catalog import MODELS, ParameterKind
from generation.forms.composer import ComposerForm
from generation.gateway.client import GatewayClient
from generation.lifecycle.enqueue import enqueue
from generation.lifecycle.request_params import request_params
from generation.models import SubjectImage, Task
from generation.sandbox.server import running_server
from tests.catalog.strategies import good_values
from tests.factories import make_subject
from tests.forms.helpers import images_of
from tests.forms.test_vectors import post

HANDLES = ("anna", "rex", "fox", "hen", "owl", "cat", "dog")
JUNK = (
    "maybe", " 5 ", "5.0", "٥", "99", "-1", "+7", "x" * 2001, "0:5", "2.39:1", "21:9", "16x9",
    "ftp://studio.example/x", "https://studio.example/x.png", "{", "[1]", "null", "a\0b", "rex",
    "team", "2", "@nobody waves", "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
SPOILED = ("variations", "visibility", "key", "image_urls", "image_ids", "subjects", "mood")


@pytest.fixture(scope="module")
def gateway():
    with running_server(seconds=3600) as server, GatewayClient(server.base_url) as client:
        yield client


@pytest.fixture
def pool(alice, team_key):
    """Real images and subjects to choose from."""
    for handle in HANDLES:
        make_subject(alice, handle)
    of_an_address = SubjectImage.objects.filter(subject__handle=HANDLES[0])
    of_an_address.update(image=None, url="https://studio.example/anna.png")
    return [str(image.pk) for image in images_of(alice, 7)]


def as_posted(values, pool):
    text = {True: "on", False: ""}
    posted = {
        name: text[value] if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if name not in ("images", "subjects")
    }
    return posted | {
        "image_ids": pool[: len(values.get("images", ()))],
        "subjects": list(HANDLES[: len(values.get("subjects", ()))]),
    }


def clean(values):
    """Texts that mean something: nobody types only spaces or a NUL."""
    return all("\0" not in v and v.strip() for v in values.values() if isinstance(v, str))


@pytest.mark.parametrize("model", MODELS)
def test_whatever_the_form_accepts_the_gateway_accepts(model, alice, pool, gateway):
    spec, taken = MODELS[model], Counter()
    names = [p.name for p in spec.parameters if p.kind is not ParameterKind.IMAGES]

    @given(
        values=good_values(spec).filter(clean),
        spoil=st.none() | st.tuples(st.sampled_from([*names, *SPOILED]), st.sampled_from(JUNK)),
    )
    @settings(
        max_examples=50,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def agree(values, spoil):
        posted = {"model": model} | as_posted(values, pool) | dict([spoil] if spoil else [])
        form = ComposerForm.posted(alice, post(posted), MultiValueDict())
        if form.is_valid():
            (task, *_) = enqueue(form.submission_for())
            params, _ = request_params(Task.objects.get(pk=task.pk))
            reply = gateway.create(model, params, "sandbox-test-key-0000")
            assert reply.remote_id
            branch = "accepted spoiled" if spoil else "accepted"
        else:
            assert spoil, form.errors_summary
            assert all(message for *_, message in form.errors_summary)
            assert form.errors_summary
            branch = "refused"
        event(branch)
        taken[branch] += 1

    agree()
    assert taken["accepted"] >= 10, taken
    assert taken["refused"] >= 10, taken
