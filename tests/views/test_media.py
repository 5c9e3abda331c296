"""Private files through their view."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from tests.factories import make_output, make_task
from tests.forms.helpers import images_of


@pytest.fixture
def output(alice):
    return make_output(make_task(alice))


def test_video_seeks(client_for, alice, output):
    response = client_for(alice).get(
        reverse("output", args=[output.pk]), headers={"range": "bytes=10-19"}
    )
    assert response.status_code == 206
    assert b"".join(response) == b"0123456789"
    assert response["Content-Range"] == "bytes 10-19/1000"


def test_download_has_a_sensible_name(client_for, alice, output):
    response = client_for(alice).get(reverse("output", args=[output.pk]), {"download": "1"})
    name = f"{output.task.created_at:%Y-%m-%d}_q2-turbo_{str(output.task.pk)[:8]}.mp4"
    assert name in response["Content-Disposition"]
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response) == b"0123456789" * 100


def test_files_are_cached_privately(client_for, alice, output):
    response = client_for(alice).get(reverse("output-poster", args=[output.pk]))
    assert "private" in response["Cache-Control"]
    etag = response["ETag"]
    assert b"".join(response)
    again = client_for(alice).get(
        reverse("output-poster", args=[output.pk]), headers={"if-none-match": etag}
    )
    assert again.status_code == 304


def test_team_mates_see_what_went_into_a_team_task(client_for, alice, bob):
    (image,) = images_of(alice, 1)
    url = reverse("image", args=[image.pk])
    assert client_for(bob).get(url).status_code == 404
    make_task(alice, image=image)
    response = client_for(bob).get(url)
    assert response.status_code == 200
    assert b"".join(response)


def test_a_missing_file_is_not_found(client_for, alice, output):
    output.file.storage.delete(output.file.name)
    assert client_for(alice).get(reverse("output", args=[output.pk])).status_code == 404


def test_an_oversized_body_is_refused_unread(client_for, alice, settings):
    settings.MAX_REQUEST_BYTES = 100_000
    response = client_for(alice).post("/tasks/", {"payload": "x" * 200_000})
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("end", "mime"), [("webp", "image/webp"), ("jpg", "image/jpeg"), ("", "image/webp")]
)
def test_a_poster_is_served_as_what_it_is(alice, client_for, end, mime):
    output = make_output(make_task(alice))
    output.poster.save(f"p.{end}".rstrip("."), ContentFile(b"poster"))
    answer = client_for(alice).get(reverse("output-poster", args=[output.pk]))
    assert answer.headers["Content-Type"] == mime
