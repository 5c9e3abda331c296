"""Words that stand on a page once, and say what is so."""

import re
from decimal import Decimal

from django.utils import timezone

from generation.models import Task, User
from tests.factories import make_output, make_task
from tests.forms.helpers import images_of, upload

REFERENCES = "viduq2_reference2image"


def words(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def refused(client, **data):
    data = {"model": "viduq2_turbo_img2video", "prompt": "A calm sea"} | data
    if "image_ids" not in data:
        data["images"] = upload()
    answer = client.post("/tasks/", data)
    assert answer.status_code == 422
    assert not Task.objects.exists()
    return words(answer)


def test_a_missing_field_is_named_once(client_for, alice, team_key):
    said = refused(client_for(alice), model=REFERENCES, prompt="")
    assert "Prompt : It is needed: fill it in." in said
    assert "Prompt is needed" not in said


def test_a_budget_says_once_that_nothing_was_submitted(client_for, alice, team_key):
    User.objects.filter(pk=alice.pk).update(monthly_budget=Decimal("0.01"))
    alice.refresh_from_db()
    said = refused(client_for(alice))
    assert "has a budget of $0.01" in said
    assert said.count("Nothing was submitted") == 1


def test_full_storage_says_once_that_nothing_was_submitted(client_for, alice, team_key, settings):
    (image,) = images_of(alice, 1)
    settings.STORAGE_MB_PER_MEMBER = 1
    User.objects.filter(pk=alice.pk).update(stored_bytes=2**20)
    said = refused(client_for(alice), image_ids=str(image.pk))
    assert "Move results to the trash" in said
    assert said.count("Nothing was submitted") == 1


def test_the_trash_says_what_will_be_and_what_was_measured(client_for, alice):
    task = make_task(alice, trashed_at=timezone.now())
    make_output(task)
    client = client_for(alice)
    said = words(client.get("/trash/"))
    assert "What your files take is not measured yet." in said
    assert re.search(r"The trash takes \d", said)
    assert "Will be deleted on" in said
    User.objects.filter(pk=alice.pk).update(stored_bytes=3 * 2**20)
    said = words(client.get("/trash/"))
    assert "Your files take 3.0 MB, measured once an hour. The trash takes" in said
