"""A model is added by one module, and shown by one vector: no other file knows of it."""

import importlib
import json
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils.datastructures import MultiValueDict

from generation.catalog import MODELS, check, explain, models
from generation.forms.composer import ComposerForm
from generation.lifecycle import archive, dispatch
from generation.models import Output, Task
from tests.docs.catalogue import book, model_list
from tests.forms.helpers import upload
from tests.forms.test_vectors import VECTORS, body_of, post

NEAREST, NEW = "viduq1_img2video", "vidu9_img2video"
CHANGED = {
    NEAREST: NEW,
    'title="Q1"': 'title="Nine"',
    "place=20": "place=25",
    "CREDITS = 80": "CREDITS = 60",
    "duration((5,), default=5)": "duration((3, 6), default=3)",
    "8008003098": "8008009098",
}
"""What the page of the new model says differently from the page of the nearest."""


@pytest.fixture(autouse=True)
def added(tmp_path, monkeypatch):
    """The catalogue as a process finds it that starts with one more module in the folder."""
    source = Path(models.__path__[0], f"{NEAREST}.py").read_text()
    for old, new in CHANGED.items():
        assert old in source
        source = source.replace(old, new)
    (tmp_path / f"{NEW}.py").write_text(source)
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    before, found = dict(MODELS), models.described()
    MODELS.clear()
    MODELS.update(found)
    yield found[NEW]
    MODELS.clear()
    MODELS.update(before)
    del sys.modules[f"{models.__name__}.{NEW}"]
    delattr(models, NEW)


@pytest.fixture
def vector():
    told = (VECTORS / f"{NEAREST}.json").read_text().replace(NEAREST, NEW)
    vector = json.loads(told)
    vector["form"]["duration"] = "6"
    vector["body"]["input"][0]["params"]["duration"] = 6
    return vector


def test_it_stands_at_its_place(added, client_for, alice, team_key):
    assert list(MODELS).index(NEW) == list(MODELS).index(NEAREST) + 1
    page = client_for(alice).get(f"/?model={NEW}").content.decode()
    assert page.index(f'value="{NEAREST}"') < page.index(f'value="{NEW}"')
    shown = [name for name in added.names if f'name="{name}"' in page]
    assert shown == list(added.names)
    assert "$0.30" in page


def test_its_form_becomes_the_exact_body(vector, alice, team_key):
    assert body_of(NEW, vector, alice) == vector["body"]


def test_what_it_does_not_take_is_refused(added, vector, alice, team_key):
    files = MultiValueDict({"images": [upload()]})
    form = ComposerForm(added, alice, post({"duration": "5"}), files)
    assert [where for where, *_ in form.errors_summary] == ["id_duration"]
    (sent,) = vector["body"]["input"]
    assert check(added, sent["params"]) == []
    (problem,) = check(added, sent["params"] | {"duration": 5})
    assert problem.parameter == "duration"


def test_its_price_and_its_error_codes_are_its_own(added):
    assert added.list_price({"duration": 6}).usd == Decimal("0.30")
    assert explain(added, "8008009098", "") == explain(MODELS[NEAREST], "8008003098", "")
    assert explain(None, "8008009098", "") == explain(added, "8008009098", "")


def test_it_goes_all_the_way_to_a_saved_file(
    vector, sandbox, client_for, alice, team_key, poll, clock
):
    files = [upload(number) for number in range(vector["images"])]
    form = vector["form"] | {"model": NEW, "images": files, "callback_url": "", "voice_id": ""}
    response = client_for(alice).post("/tasks/", form)
    assert response.status_code == 303, response.content[:2000]
    dispatch.dispatch_due()
    task = Task.objects.get()
    while task.state == Task.State.PROCESSING:
        task = poll(task)
    archive.archive_due()
    task.refresh_from_db()
    assert task.state == Task.State.COMPLETED, task.error_message
    assert Output.objects.get().duration == pytest.approx(6, abs=0.2)


def test_the_documentation_follows():
    assert f"[`{NEW}`](docs/models.md#{NEW}) | Image to video |" in model_list()
    assert f"## {NEW}\n" in book()
