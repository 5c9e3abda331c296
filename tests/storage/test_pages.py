"""The app with its files in a bucket: uploading, serving, saving results."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Picture

from generation.lifecycle import archive, request_params
from generation.models import Image, Output, TaskImage
from generation.sandbox.server import running_server
from tests.factories import make_output, make_task
from tests.forms.helpers import images_of, upload
from tests.sandbox.client import Client, result_url

PAGES = ("output", "output-poster")


@pytest.fixture
def output(bucket, alice):
    return make_output(make_task(alice, visibility="private"))


def address(name, thing, **query):
    return reverse(name, args=[thing.pk], query=query)


@pytest.mark.parametrize("page", PAGES)
def test_files_open_by_a_short_lived_address(client_for, alice, output, bucket, page):
    response = client_for(alice).get(address(page, output))
    assert response.status_code == 302
    assert response.url.startswith(f"{bucket.origin}/{bucket.name}/studio/outputs/")
    assert parse_qs(urlsplit(response.url).query)["X-Amz-Expires"] == ["300"]
    assert response["Cache-Control"] == "private, max-age=240"
    assert "Cookie" in response["Vary"]
    answer = httpx.get(response.url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == ("video/mp4" if page == "output" else "image/webp")
    assert answer.headers["content-disposition"].startswith("inline")


def test_without_the_signature_nothing_opens(client_for, alice, output):
    url = client_for(alice).get(address("output", output)).url
    assert httpx.get(url.partition("?")[0]).status_code == 403


def test_video_seeks(client_for, alice, output):
    url = client_for(alice).get(address("output", output), headers={"range": "bytes=10-19"}).url
    answer = httpx.get(url, headers={"range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, b"0123456789")
    assert answer.headers["content-range"] == "bytes 10-19/1000"


def test_download_has_a_sensible_name(client_for, alice, output):
    url = client_for(alice).get(address("output", output, download="1")).url
    disposition = httpx.get(url).headers["content-disposition"]
    day = f"{output.task.created_at:%Y-%m-%d}"
    assert disposition == (f'attachment; filename="{day}_q2-turbo_{str(output.task.pk)[:8]}.mp4"')


def test_head_is_signed_as_head(client_for, alice, output):
    url = client_for(alice).head(address("output", output)).url
    assert httpx.head(url).headers["content-length"] == "1000"


@pytest.mark.parametrize("page", PAGES)
def test_others_get_no_address(client_for, client, bob, output, page):
    response = client_for(bob).get(address(page, output))
    assert response.status_code == 404
    assert "Location" not in response
    anonymous = client.get(address(page, output))
    assert urlsplit(anonymous.url).path == reverse("login")
    for answer in (response, anonymous):
        assert "max-age=240" not in answer.get("Cache-Control", "")


def test_serving_asks_the_bucket_nothing(client_for, alice, output, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a request to the bucket")

    monkeypatch.setattr("botocore.endpoint.Endpoint.make_request", refuse)
    assert client_for(alice).get(address("output", output)).status_code == 302


def test_an_upload_is_kept_and_shown_and_sent(client_for, alice, team_key, bucket, keys_in):
    client = client_for(alice)
    name = "Bärbel \u202egpj.exe/frame.jpg"
    data = {"model": "viduq2_turbo_img2video", "prompt": "A calm sea", "images": upload(name=name)}
    assert client.post("/tasks/", data).status_code == 303
    image = Image.objects.get()
    assert len(keys_in(bucket)) == 2
    answer = httpx.get(client.get(address("image", image)).url)
    assert answer.headers["content-type"] == image.mime
    assert "\u202e" not in answer.headers["content-disposition"]
    params, _ = request_params.request_params(TaskImage.objects.get().task)
    assert params["images"][0].startswith("data:image/jpeg;base64,")


def test_the_same_upload_is_one_file(bucket, alice, bob, keys_in):
    images_of(alice, 1)
    images_of(bob, 1)
    assert len(keys_in(bucket)) == 2


def test_an_upload_that_vanished_is_an_input_missing(bucket, storage, alice):
    (image,) = images_of(alice, 1)
    task = make_task(alice, image=image)
    storage.delete(image.file.name)
    with pytest.raises(request_params.InputMissing):
        request_params.request_params(task)


@pytest.fixture
def result(settings):
    """The address of a finished image at a sandbox."""
    with (
        running_server(seconds=0.05, fast=True) as server,
        httpx.Client(base_url=server.url, trust_env=False) as http,
    ):
        settings.GATEWAY_URL = server.base_url
        archive._downloader.cache_clear()
        client = Client(http)
        yield result_url(client.finished(client.made("viduq2_reference2image", images=[])))
        archive._downloader.cache_clear()


@pytest.fixture
def archiving(alice, result):
    now = timezone.now()
    task = make_task(alice, "archiving", model="viduq2_reference2image")
    Output.objects.create(
        task=task,
        kind="image",
        source_url=result,
        expires_at=now + timedelta(hours=24),
        next_attempt_at=now,
    )
    return task


def test_a_result_is_saved(bucket, archiving, keys_in):
    archive.archive_due()
    archiving.refresh_from_db()
    output = archiving.outputs.get()
    assert (archiving.state, output.state, output.last_error) == ("completed", "stored", "")
    pictures = (output.poster, output.poster_small, output.poster_large)
    names = {output.file.name, *(picture.name for picture in pictures)}
    assert set(keys_in(bucket)) == {f"studio/{name}" for name in names}
    with output.file.open() as file, Picture.open(file) as image:
        assert image.size == (output.width, output.height)
    assert output.file.size == output.bytes


def test_a_rerun_writes_the_same_names(bucket, archiving, storage, keys_in):
    output = archiving.outputs.get()
    archive.archive_due()
    before = keys_in(bucket)
    now = timezone.now()
    archiving.outputs.update(state="pending", next_attempt_at=now)
    archive.archive_due()
    output.refresh_from_db()
    assert output.state == "stored"
    assert keys_in(bucket) == before


def test_a_bucket_that_refuses_puts_the_result_at_risk(bucket, archiving, s3):
    s3.delete_bucket(Bucket=bucket.name)
    archive.archive_due()
    archiving.refresh_from_db()
    assert archiving.state == "archiving"
    assert "The file cannot be stored: the bucket refused" in archiving.outputs.get().last_error


def test_files_on_disk_are_served_as_before(client_for, alice):
    output = make_output(make_task(alice))
    response = client_for(alice).get(address("output", output), headers={"range": "bytes=0-3"})
    assert (response.status_code, b"".join(response)) == (206, b"0123")
