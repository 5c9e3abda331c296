"""With X_ACCEL_REDIRECT the proxy sends the files; who may have them is still ours to say."""

import pytest
from django.urls import reverse

from generation.media.serving import inside
from tests.factories import make_output, make_task
from viduweb.addresses import inner_location
from viduweb.values import Bad

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _proxy(settings):
    settings.X_ACCEL_REDIRECT = "/protected/"


@pytest.fixture
def output(alice):
    return make_output(make_task(alice, visibility="private"))


def test_the_proxy_is_told_which_file_to_send(client_for, alice, output):
    answer = client_for(alice).get(reverse("output", args=[output.pk]))

    assert answer.status_code == 200
    assert answer.content == b""
    assert answer["X-Accel-Redirect"] == f"/protected/{output.file.name}"
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_download_keeps_its_name(client_for, alice, output):
    answer = client_for(alice).get(reverse("output", args=[output.pk]) + "?download")

    assert answer["Content-Disposition"].startswith('attachment; filename="')
    assert answer["X-Accel-Redirect"]


@pytest.mark.parametrize("name", ["output", "output-poster"])
def test_what_is_not_theirs_is_not_found_and_not_named(client, client_for, bob, output, name):
    address = reverse(name, args=[output.pk])

    other, stranger = client_for(bob).get(address), client.get(address)

    assert other.status_code == 404
    assert stranger.status_code == 302
    assert "X-Accel-Redirect" not in other
    assert "X-Accel-Redirect" not in stranger


def test_a_missing_file_is_not_found(client_for, alice, output):
    output.file.storage.delete(output.file.name)

    answer = client_for(alice).get(reverse("output", args=[output.pk]))

    assert answer.status_code == 404
    assert "X-Accel-Redirect" not in answer


def test_a_browser_s_own_range_is_left_to_the_proxy(client_for, alice, output):
    answer = client_for(alice).get(
        reverse("output", args=[output.pk]), headers={"Range": "bytes=0-9"}
    )

    assert answer.status_code == 200
    assert answer["X-Accel-Redirect"]


@pytest.mark.parametrize(
    "name",
    [
        "../secret_key",
        "images/../../secret_key",
        "/etc/passwd",
        "a//b",
        "./a",
        "a\\..\\b",
        "a\r\nX: b",
        "",
    ],
)
def test_no_name_leads_out_of_the_folder(name):
    with pytest.raises(ValueError, match="stored file"):
        inside("/protected/", name)


def test_a_name_is_quoted():
    assert inside("/p/", "a b/ü?#%.mp4") == "/p/a%20b/%C3%BC%3F%23%25.mp4"


def test_without_it_we_send_the_file(client_for, alice, output, settings):
    settings.X_ACCEL_REDIRECT = ""

    answer = client_for(alice).get(reverse("output", args=[output.pk]))

    assert "X-Accel-Redirect" not in answer
    assert len(b"".join(answer)) == output.bytes


@pytest.mark.parametrize(
    "location", ["protected", "/protected", "protected/", "/a/../b/", "/a b/", "//"]
)
def test_a_location_that_is_none_is_refused(location):
    with pytest.raises(Bad):
        inner_location(location)


@pytest.mark.parametrize("location", ["", "/protected/", "/inner/media-files/"])
def test_a_location_is_taken_as_it_is(location):
    assert inner_location(location) == location
