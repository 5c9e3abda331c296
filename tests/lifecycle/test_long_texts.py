"""A payload of a million characters travels with its task, and weighs on no card."""

import importlib

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.lifecycle.actions import try_again
from generation.lifecycle.request_params import request_params
from generation.models import Task, TaskText
from generation.models.text import LONG
from tests.factories import make_task
from tests.forms.helpers import upload

PAYLOAD = "Ünïcode and \n lines; " * 40_000


@pytest.fixture
def client(client_for, alice, team_key):
    return client_for(alice)


@pytest.fixture
def task(client):
    data = {"model": "viduq2_turbo_img2video", "prompt": "A calm sea", "payload": PAYLOAD}
    assert client.post("/tasks/", data | {"images": upload()}).status_code == 303
    return Task.objects.get()


def test_the_row_of_the_task_stays_small_and_nothing_is_lost(task):
    assert task.params == {"prompt": "A calm sea"}
    assert task.whole_params() == {"prompt": "A calm sea", "payload": PAYLOAD}
    assert request_params(task)[0]["payload"] == PAYLOAD


def test_no_gallery_reads_it(task, client):
    for address in ("/", "/tasks/", "/tasks/?whose=mine", "/tasks/changes/?since=0"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            html = client.get(address).content.decode()
        assert "A calm sea" in html
        assert not [q["sql"] for q in queries if "tasktext" in q["sql"]]
        assert len(html) < 200_000


def test_its_page_the_form_and_a_repeat_have_it(task, client, alice):
    page = client.get(task.get_absolute_url()).content.decode()
    assert f"({len(PAYLOAD):,} characters)" in page
    form = client.get("/", {"from": str(task.pk)}).content.decode()
    assert PAYLOAD.strip() in form
    Task.objects.update(state="failed")
    task.refresh_from_db()
    again = try_again(task, alice)
    assert Task.objects.get(pk=again.pk).whole_params()["payload"] == PAYLOAD


def test_short_ones_and_prompts_stay_in_the_row(client):
    prompt, payload = "\u6d77" * 2000, "x" * LONG
    data = {"model": "viduq2_turbo_img2video", "prompt": prompt, "payload": payload}
    client.post("/tasks/", data | {"images": upload()})
    assert Task.objects.get().params == {"prompt": prompt, "payload": payload}
    assert not TaskText.objects.exists()


def test_tasks_of_before_are_moved_and_could_be_moved_back(alice):
    old = {"prompt": "\u6d77" * 2000, "payload": PAYLOAD, "duration": 5}
    bulky = [make_task(alice, state, params=old) for state in ("completed", "queued")] * 15
    small = make_task(alice, params={"prompt": "\u6d77" * 2000, "seed": 1})
    migration = importlib.import_module("generation.migrations.0010_move_long_texts")
    migration.move_out(apps, None)
    for task in bulky:
        task.refresh_from_db()
        assert task.params == {"prompt": old["prompt"], "duration": 5}
        assert task.whole_params() == old
    small.refresh_from_db()
    assert small.whole_params() == {"prompt": "\u6d77" * 2000, "seed": 1}
    assert TaskText.objects.count() == 2
    migration.move_back(apps, None)
    assert not TaskText.objects.exists()
    for task in bulky:
        task.refresh_from_db()
        assert task.params == old
