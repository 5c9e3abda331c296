"""Submitting through the page, with and without htmx."""

import json
import re
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.catalog import MODELS
from generation.gallery.filters import Filters
from generation.gallery.listing import page
from generation.models import Image, Task
from tests.factories import make_output, make_subject, make_task
from tests.forms.helpers import images_of, upload

HTMX = {"hx-request": "true"}


def send(client, *, htmx=True, **data):
    data.setdefault("model", "viduq2_turbo_img2video")
    data.setdefault("prompt", "A calm sea")
    if "images" not in data and "image_ids" not in data:
        data["images"] = upload()
    return client.post("/tasks/", data, headers=HTMX if htmx else {})


def test_htmx_sends_the_token_of_the_page(alice, team_key):
    """Buttons and the composer's refresh are posts without a form of their own."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    page = client.get("/").content.decode()
    said = json.loads(re.search(r"<body[^>]* hx-headers='([^']+)'", page)[1])
    address, data = reverse("composer"), {"model": "viduq2_turbo_img2video"}
    assert client.post(address, data, headers=HTMX).status_code == 403
    assert client.post(address, data, headers=HTMX | said).status_code == 200


@pytest.fixture
def client(client_for, alice, team_key):
    return client_for(alice)


def test_plain_post_leads_to_the_task(client):
    response = send(client, htmx=False)
    task = Task.objects.get()
    assert response.status_code == 303
    assert response.url == task.get_absolute_url()
    assert task.state == "queued"
    assert task.params == {"prompt": "A calm sea"}


def test_htmx_gets_the_new_cards_and_the_form(client):
    response = send(client, variations="3", duration="7")
    html = response.content.decode()
    assert response.status_code == 200
    assert Task.objects.count() == 3
    assert all(f'id="task-{task.pk}"' in html for task in Task.objects.all())
    assert 'hx-swap-oob="afterbegin:#cards"' in html
    assert "A calm sea" in html


def test_the_form_comes_back_with_its_image_and_a_new_token(client):
    token = uuid4()
    html = send(client, submission=str(token)).content.decode()
    image = Image.objects.get()
    assert re.search(rf'name="image_ids"[^>]*value="{image.pk}"', html)
    assert str(token) not in html


def test_double_click_makes_one_task(client):
    token = str(uuid4())
    first = send(client, submission=token)
    second = send(client, submission=token)
    assert first.status_code == second.status_code == 200
    assert Task.objects.count() == 1


@pytest.mark.parametrize("htmx", [True, False])
def test_bad_input_is_422_and_nothing_is_lost(client, htmx):
    response = send(client, htmx=htmx, prompt="x" * 2001, seed="12", wm_url="nonsense")
    html = response.content.decode()
    assert response.status_code == 422
    assert not Task.objects.exists()
    image = Image.objects.get()
    assert re.search(rf'name="image_ids"[^>]*value="{image.pk}"', html)
    assert "x" * 2001 in html
    assert 'value="12"' in html
    assert "nonsense" in html
    assert "2,001" in html
    assert ("<html" in html) is not htmx


def test_kept_image_is_enough_for_the_next_try(client, alice):
    (image,) = images_of(alice, 1)
    assert send(client, image_ids=str(image.pk)).status_code == 200
    assert Task.objects.get().images.get().image == image


def test_markup_in_a_prompt_is_shown_literally(client):
    send(client, prompt='"><img src=x onerror=alert(1)> {{7*7}}')
    html = client.get("/").content.decode()
    assert "<img src=x" not in html
    assert "{{7*7}}" in html


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_its_form(client, alice, model):
    make_subject(alice)
    html = client.get("/", {"model": model}).content.decode()
    for parameter in MODELS[model].parameters:
        assert f'name="{parameter.name}"' in html
    if not MODELS[model].has("bgm"):
        assert 'name="bgm"' not in html


@pytest.mark.parametrize("model", MODELS)
def test_the_form_follows_the_model_and_keeps_what_fits(client, model):
    response = client.post(
        reverse("composer"),
        {"model": model, "prompt": "Keep me", "duration": "77", "seed": "5"},
        headers=HTMX,
    )
    html = response.content.decode()
    assert response.status_code == 200
    assert "Keep me" in html
    assert 'aria-invalid="true"' not in html


def test_options_follow_while_choosing(client):
    response = client.post(
        reverse("composer") + "?part=options",
        {"model": "vidu20_img2video", "duration": "8", "variations": "2"},
        headers=HTMX,
    )
    html = response.content.decode()
    assert 'id="field-resolution"' in html
    resolution = html.partition('id="field-resolution"')[2].partition("</fieldset>")[0]
    assert "720p" in resolution
    assert "1080p" not in resolution
    assert "$1.00" in html


def test_studio_needs_the_same_queries_for_one_card_and_many(
    client, alice, django_assert_max_num_queries
):
    (image,) = images_of(alice, 1)
    for _ in range(40):
        make_output(make_task(alice, image=image))
    with django_assert_max_num_queries(18):
        html = client.get("/").content.decode()
    assert html.count("<article") == 40


def test_pages_go_on_where_the_last_one_ended(alice, bob):
    tasks = [make_task(alice if n % 2 else bob) for n in range(7)]
    make_task(bob, visibility="private")
    seen, cursor = [], ""
    for _ in range(3):
        shown = page(alice, Filters(), before=cursor, size=3)
        seen += [task.pk for task in shown.tasks]
        cursor = parse_qs(shown.below).get("before", [""])[0]
    assert seen == [task.pk for task in reversed(tasks)]
    assert cursor == ""


def test_remix_fills_the_form(client, alice):
    (image,) = images_of(alice, 1)
    params = {"prompt": "Old words", "duration": 9, "seed": 4}
    task = make_task(alice, image=image, params=params)
    html = client.get("/", {"from": str(task.pk)}).content.decode()
    assert "Old words" in html
    assert str(image.pk) in html
    assert re.search(r'<option value="9"\s+selected', html)


def test_remix_of_somebody_elses_private_task_is_not_found(client, bob):
    task = make_task(bob, visibility="private")
    assert client.get("/", {"from": str(task.pk)}).status_code == 404


def test_try_again_makes_a_new_task_and_leaves_the_old(client, alice):
    (image,) = images_of(alice, 1)
    old = make_task(alice, "failed", image=image)
    response = client.post(reverse("task-again", args=[old.pk]), headers=HTMX)
    assert response.status_code == 200
    new = Task.objects.exclude(pk=old.pk).get()
    assert (new.state, new.again_of, new.params) == ("queued", old, old.params)
    assert new.images.get().image == image


def test_cancel_takes_a_queued_task_out(client, alice):
    task = make_task(alice, "queued")
    client.post(reverse("task-cancel", args=[task.pk]))
    task.refresh_from_db()
    assert task.state == "canceled"


@pytest.mark.parametrize(
    ("state", "fields", "says"),
    [
        ("submitting", {"sent_at": timezone.now()}, "already been sent"),
        ("processing", {"sent_at": timezone.now()}, "already been sent"),
        ("canceled", {}, "canceled already"),
        ("failed", {"reason": "no-key"}, "over already"),
    ],
)
def test_cancel_says_of_no_task_what_did_not_happen(client, alice, state, fields, says):
    task = make_task(alice, state, **fields)
    for headers in (HTMX, {}):
        html = client.post(reverse("task-cancel", args=[task.pk]), headers=headers, follow=True)
        assert says in html.content.decode().split('id="toast-news"')[0].split("toast-problems")[1]
    assert ("already been sent" in html.content.decode()) is (says == "already been sent")
    task.refresh_from_db()
    assert task.state == state


def test_members_do_not_decide_about_the_tasks_of_others(client, bob):
    task = make_task(bob, "queued")
    assert client.post(reverse("task-cancel", args=[task.pk])).status_code == 404


def test_admin_opening_a_private_task_is_written_down(client_for, admin, alice):
    from generation.models import AuditEvent

    task = make_task(alice, visibility="private")
    assert client_for(admin).get(task.get_absolute_url()).status_code == 200
    assert AuditEvent.objects.get().target == str(task.pk)


def test_task_page_tells_everything(client, alice):
    make_subject(alice)
    task = make_task(
        alice,
        "failed",
        reason="generation",
        error_message="policy",
        error_code="110001",
        sent_at=timezone.now(),
    )
    html = client.get(task.get_absolute_url()).content.decode()
    assert "A calm sea" in html
    assert "110001" in html
    assert "It is not known whether it was charged." in html


def test_a_running_task_is_not_repeated_and_the_page_says_why(client, alice):
    task = make_task(alice, "processing")
    response = client.post(reverse("task-again", args=[task.pk]), headers=HTMX)
    assert "not over yet" in response.content.decode()
    assert Task.objects.count() == 1


def test_an_uncertain_task_is_sent_again_only_as_a_new_one(client, alice):
    (image,) = images_of(alice, 1)
    old = make_task(alice, "uncertain", image=image, reason="no-answer")
    client.post(reverse("task-send-again", args=[old.pk]))
    old.refresh_from_db()
    assert (old.state, old.reason) == ("failed", "sent-again")
    assert Task.objects.exclude(pk=old.pk).get().state == "queued"
    client.post(reverse("task-send-again", args=[old.pk]))
    assert Task.objects.count() == 2


def test_the_gateways_id_is_checked_before_it_is_believed(client, alice, team_key, settings):
    from generation.gateway.client import GatewayClient
    from generation.sandbox.server import running_server

    (image,) = images_of(alice, 1)
    task = make_task(alice, "uncertain", image=image, key=team_key)
    with running_server() as server:
        settings.GATEWAY_URL = server.base_url
        with GatewayClient(server.base_url) as gateway:
            other = gateway.create("viduq2_reference2image", {"prompt": "x"}, team_key.reveal())
            stills = {"prompt": "x", "images": ["https://a.example/1.png"]}
            right = gateway.create("viduq2_turbo_img2video", stills, team_key.reveal())
        url = reverse("task-remote-id", args=[task.pk])
        for wrong, words in (
            ("", "does not look like"),
            ("nosuchtask0000000000", "does not know"),
            (other.remote_id, "viduq2_reference2image"),
        ):
            html = client.post(url, {"remote_id": wrong}, follow=True).content.decode()
            assert words in html
            task.refresh_from_db()
            assert task.state == "uncertain"
        client.post(url, {"remote_id": right.remote_id})
    task.refresh_from_db()
    assert (task.state, task.remote_id) == ("processing", right.remote_id)
