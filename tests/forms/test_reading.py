"""The composer's form reads each field once, and writes nothing but uploads."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.datastructures import MultiValueDict

from generation.catalog import MODELS
from generation.forms.composer import ComposerForm
from generation.forms.fields import ParameterField
from generation.models import Image
from tests.forms.helpers import upload
from tests.forms.test_vectors import post

TURBO = MODELS["viduq2_turbo_img2video"]


def used(form):
    """All that a page asks a form for."""
    return form.is_valid(), form.values, form.slots, form.price, form.errors_summary, form.keys


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize("duration", ["5", "77"])
def test_each_field_is_read_once(alice, team_key, monkeypatch, quiet, duration):
    read, plain = Counter(), ParameterField.to_python

    def counted(field, value):
        read[id(field)] += 1
        return plain(field, value)

    monkeypatch.setattr(ParameterField, "to_python", counted)
    used(ComposerForm(TURBO, alice, post({"duration": duration}), quiet=quiet))
    assert set(read.values()) == {1}


def test_only_uploads_are_written(alice, team_key):
    with CaptureQueriesContext(connection) as asked:
        used(ComposerForm(TURBO, alice, post({"duration": "77"}), MultiValueDict()))
    assert {query["sql"].split()[0] for query in asked} == {"SELECT"}
    files = MultiValueDict({"images": [upload()]})
    used(ComposerForm(TURBO, alice, post({"duration": "77"}), files))
    assert Image.objects.count() == 1


@pytest.mark.parametrize("spec", MODELS.values(), ids=MODELS)
def test_no_field_hides_what_templates_ask_the_form_for(spec, alice):
    """A template finds `form.key` as `form["key"]` first."""
    form = ComposerForm(spec, alice)
    assert set(form.fields).isdisjoint(dir(form))
