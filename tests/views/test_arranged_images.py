"""Uploads and addresses stand, and go out, in the order in which they were arranged."""

import re

import pytest
from django.urls import reverse

from generation.lifecycle.request_params import request_params
from generation.media.fitting import data_uri
from generation.models import Draft, SubjectImage, Task
from tests.factories import make_subject
from tests.forms.helpers import images_of

HTMX = {"hx-request": "true"}
STILLS, REFERENCE = "viduq2_reference2image", "viduq2_pro_fast_reference2video"
FIRST, LAST = "https://a.example/first.png", "https://a.example/last.png?x=1&y=2"


@pytest.fixture
def client(client_for, alice, team_key):
    return client_for(alice)


def shown(html):
    found = re.findall(r'name="image_ids" value="([^"]+)"', html)
    return [text.replace("&amp;", "&") for text in found]


def on_the_wire(task):
    """The images of the request's body, uploads by their ids."""
    names = {
        data_uri(given.image.file.read(), given.image.mime): str(given.image.pk)
        for given in task.images.exclude(image=None)
    }
    return [names.get(sent, sent) for sent in request_params(task)[0]["images"]]


def test_what_is_seen_is_what_is_sent_drafted_and_remixed(client, alice):
    one, two = (str(image.pk) for image in images_of(alice, 2))
    arranged = [FIRST, one, LAST, two]
    given = {"model": STILLS, "prompt": "A cup", "image_ids": arranged}
    drawn = client.post("/composer/", given, headers=HTMX)
    assert shown(drawn.content.decode()) == arranged
    page = {"draft_family": "reference2image", "draft_version": 0, "draft_source": ""}
    saved = client.post(reverse("draft", args=["reference2image"]), given | page)
    assert saved.status_code == 204
    assert shown(client.get("/").content.decode()) == arranged
    refused = client.post("/tasks/", given | {"seed": "x"})
    assert (refused.status_code, shown(refused.content.decode())) == (422, arranged)
    # A line that is typed below the row comes after it.
    sent = client.post("/tasks/", given | {"image_urls": "https://a.example/line.png"})
    assert sent.status_code == 303
    task = Task.objects.get()
    assert on_the_wire(task) == [*arranged, "https://a.example/line.png"]
    again = shown(client.get(f"/?from={task.pk}").content.decode())
    assert again == [*arranged, "https://a.example/line.png"]
    client.post("/tasks/", {"model": STILLS, "prompt": "Anew", "image_ids": again})
    assert on_the_wire(Task.objects.order_by("-created_at").first()) == again


def test_one_line_takes_its_place_in_the_row(client):
    answer = client.post("/uploads/", {"model": STILLS, "address": f" {LAST} "}, headers=HTMX)
    assert shown(answer.content.decode()) == [LAST]
    assert "last.png" in answer.content.decode()


@pytest.mark.parametrize("given", ["address", "url"])
@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense", "This is no address that starts with http:// or https://."),
        ("ftp://a.example/1.png", "This is no address that starts with http:// or https://."),
        (f"https://a.example/{'x' * 4090}", "It has 4,108 characters; at most 4,096 are taken."),
    ],
)
def test_a_line_that_is_no_address_is_refused_beside_its_name(client, given, line, why):
    """The page puts the name before the sentence, which therefore does not repeat it."""
    refused = client.post("/uploads/", {given: line}, headers=HTMX)
    assert (refused.status_code, refused.content.decode()) == (422, why)


def test_a_model_of_one_image_keeps_the_first_of_the_row_and_says_the_rest(client, alice):
    (one,) = (str(image.pk) for image in images_of(alice, 1))
    given = {"model": "viduq2_turbo_img2video", "image_ids": [FIRST, one]}
    answer = client.post("/composer/", given, headers=HTMX)
    assert shown(answer.content.decode()) == [FIRST]
    assert "does not take: 1 image." in answer.content.decode()


def test_a_subject_keeps_the_order_through_its_form_and_into_the_task(client, alice):
    rex = make_subject(alice, "rex", 2)
    one, two = (str(given.image.pk) for given in rex.images.order_by("position"))
    arranged = [two, FIRST, one]
    fields = {"handle": "rex", "title": "Rex", "image_ids": arranged, "visibility": "team"}
    assert client.post("/subjects/rex/", fields).status_code == 302
    kept = SubjectImage.objects.order_by("position")
    assert [str(given.image_id or given.url) for given in kept] == arranged
    assert shown(client.get("/subjects/rex/edit/").content.decode()) == arranged
    asked = {"model": STILLS, "prompt": "@rex waves", "subjects": "rex"}
    assert client.post("/tasks/", asked).status_code == 303
    assert on_the_wire(Task.objects.get()) == arranged


def test_the_addresses_of_a_new_subject_are_its_images_in_the_request(client):
    fields = {
        "handle": "rex",
        "title": "Rex",
        "image_urls": f"{LAST}\r\n{FIRST}",
        "visibility": "team",
    }
    assert client.post("/subjects/", fields).status_code == 302
    asked = {"model": REFERENCE, "prompt": "@rex waves", "subjects": "rex"}
    assert client.post("/tasks/", asked).status_code == 303
    (subject,) = request_params(Task.objects.get())[0]["subjects"]
    assert (subject["id"], subject["images"]) == ("rex", [LAST, FIRST])


def test_what_is_no_image_stays_out_of_the_row(client, alice):
    """What is neither an id nor an address stays out, and is said."""
    given = {"model": STILLS, "prompt": "A cup", "image_ids": ["javascript:alert(1)", FIRST]}
    refused = client.post("/tasks/", given)
    assert refused.status_code == 422
    assert "no longer there for you" in refused.content.decode()
    assert shown(refused.content.decode()) == [FIRST]
    assert not Draft.objects.exists()
