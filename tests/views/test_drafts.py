"""What was put into the studio's form is there again."""

import re

import pytest
from django.urls import reverse

from generation.models import Draft, Image
from tests.factories import make_subject, make_task
from tests.forms.helpers import images_of, upload

HTMX = {"hx-request": "true"}
MODEL = "viduq2_turbo_img2video"


@pytest.fixture
def client(client_for, alice, team_key):
    return client_for(alice)


def save(client, family="img2video", *, version=0, source="", model=MODEL, **data):
    page = {"draft_family": family, "draft_version": version, "draft_source": source}
    return client.post(reverse("draft", args=[family]), {"model": model, **page, **data})


def hidden(html, name):
    return re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', html)[1]


def test_it_is_there_again_with_everything(client, alice):
    one, two = images_of(alice, 2)
    answer = save(
        client,
        "reference2image",
        model="viduq2_reference2image",
        prompt="@rex and a cup",
        image_ids=[str(two.pk), str(one.pk)],
        image_urls="https://pictures.example/1.png",
        seed="77",
        resolution="2K",
        variations="3",
        visibility="private",
    )
    assert (answer.status_code, answer["X-Draft-Version"]) == (204, "1")
    for address in ("/", "/?whose=mine"):
        html = client.get(address).content.decode()
        assert "@rex and a cup" in html
        assert 'value="77"' in html
        assert "https://pictures.example/1.png" in html
        assert html.index(f'value="{two.pk}"') < html.index(f'value="{one.pk}"')
        assert re.search(r'<option value="3"[^>]*selected|value="3"[^>]*checked', html)
        assert 'data-model="viduq2_reference2image"' in html
        assert hidden(html, "draft_version") == "1"
        assert "aria-invalid" not in html, "nothing is judged before it is sent"


def test_the_form_costs_no_more_queries_with_a_draft(client, alice, django_assert_max_num_queries):
    images = images_of(alice, 7)
    for count in (1, 7):
        ids = [str(image.pk) for image in images[:count]]
        save(
            client, "reference2image", version=Draft.objects.count(),
            model="viduq2_reference2image", prompt="A cup", image_ids=ids,
        )  # fmt: skip
        with django_assert_max_num_queries(15):
            client.get("/")


def test_an_older_page_is_told_and_offered_the_newer(client):
    save(client, prompt="First")
    save(client, prompt="Newer", version=1)
    answer = save(client, prompt="Older", version=1)
    html = answer.content.decode()
    assert (answer.status_code, answer["X-Draft-Version"]) == (409, "2")
    assert "?family=img2video" in html
    assert "data-draft-keep" in html
    assert save(client, prompt="Older", version=2).status_code == 204


def test_secrets_and_what_belongs_to_one_sending_are_not_kept(client):
    save(
        client,
        prompt="A calm sea",
        callback_url="https://me.example/?token=1",
        submission="x",
        shown_price="1",
        stranger="y",
    )
    assert set(Draft.objects.get().fields) == {"model", "prompt"}
    html = client.get("/").content.decode()
    assert "me.example" not in html
    assert "It is not kept with the form." in html


def test_a_nul_is_left_out(client):
    save(client, prompt="A\0B")
    assert Draft.objects.get().fields["prompt"] == ["AB"]


def test_unknown_families_are_not_there(client):
    assert save(client, "nonsense").status_code == 404
    assert client.post(reverse("draft-afresh", args=["nonsense"])).status_code == 404


def test_inputs_stay_after_a_submit_uploads_too(client):
    page = {"draft_family": "img2video", "draft_version": "0", "draft_source": ""}
    data = {"model": MODEL, "prompt": "A calm sea", "images": upload(), **page}
    html = client.post("/tasks/", data, headers=HTMX).content.decode()
    image = Image.objects.get()
    assert hidden(html, "draft_version") == "1"
    html = client.get("/").content.decode()
    assert f'value="{image.pk}"' in html
    assert "A calm sea" in html


def test_a_refused_form_is_kept_as_well(client):
    page = {"draft_family": "img2video", "draft_version": "0", "draft_source": ""}
    data = {"model": MODEL, "prompt": "x" * 2001, "images": upload(), **page}
    assert client.post("/tasks/", data).status_code == 422
    html = client.get("/").content.decode()
    assert "x" * 2001 in html
    assert f'value="{Image.objects.get().pk}"' in html


def test_a_form_from_elsewhere_leaves_the_draft_alone(client):
    save(client, prompt="Mine")
    client.post("/tasks/", {"model": MODEL, "prompt": "By a script", "images": upload()})
    assert Draft.objects.get().fields["prompt"] == ["Mine"]


def test_each_family_keeps_its_own_when_the_kind_changes(client):
    save(client, prompt="Moves")
    data = {
        "model": "viduq2_reference2image",
        "prompt": "Moves more",
        "draft_family": "img2video",
        "draft_version": "1",
    }
    html = client.post("/composer/", data, headers=HTMX).content.decode()
    assert "Moves more" in html, "without a draft of its own it takes along what fits"
    assert hidden(html, "draft_family") == "reference2image"
    save(client, "reference2image", model="viduq2_reference2image", prompt="A still")

    back = {
        "model": MODEL,
        "prompt": "A still",
        "draft_family": "reference2image",
        "draft_version": "1",
    }
    html = client.post("/composer/", back, headers=HTMX).content.decode()
    assert "Moves more" in html
    assert "A still" not in html
    assert hidden(html, "draft_version") == "2"


def test_another_model_of_the_family_keeps_the_draft(client):
    save(client, prompt="Keep me")
    html = client.get("/?model=vidu20_img2video").content.decode()
    assert "Keep me" in html
    assert 'data-model="vidu20_img2video"' in html


def test_a_remix_leaves_the_own_draft_until_it_is_changed(client, alice):
    save(client, prompt="My own words")
    task = make_task(alice, params={"prompt": "An older one"})
    html = client.get(f"/?from={task.pk}").content.decode()
    assert "An older one" in html
    assert "My own words" not in html
    assert "My own words" in client.get("/").content.decode()

    version = hidden(html, "draft_version")
    save(client, prompt="An older one, changed", version=version, source=str(task.pk))
    for address in ("/", f"/?from={task.pk}"):
        assert "An older one, changed" in client.get(address).content.decode()
    answer = client.post(reverse("draft-afresh", args=["img2video"]), follow=True)
    assert "My own words" in answer.content.decode()


def test_a_source_that_is_no_longer_shown_is_not_named(client, alice, bob):
    task = make_task(bob, params={"prompt": "Bob's own words"})
    save(client, prompt="Mine now", source=str(task.pk))
    task.visibility = "private"
    task.save(update_fields=["visibility"])
    html = client.get("/").content.decode()
    assert "Mine now" in html
    assert "own words" not in html


def test_a_model_without_subjects_takes_none(client, alice):
    make_subject(alice, "rex")
    html = client.get("/?family=img2video&subjects=rex").content.decode()
    assert "@rex" not in html
    assert hidden(html, "draft_family") == "img2video"


def test_a_form_begun_with_a_subject_is_kept_like_any_other(client, alice):
    make_subject(alice, "rex")
    for version in ("0", "1"):  # without a draft, and added to one
        html = client.get("/?family=reference2video&subjects=rex").content.decode()
        assert hidden(html, "draft_family") == "reference2video"
        assert hidden(html, "draft_version") == version
        about = {"model": "viduq2_pro_fast_reference2video", "prompt": "@rex runs"}
        assert save(client, "reference2video", version=version, **about).status_code == 204
