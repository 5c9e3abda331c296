"""Private files through their view."""

import re

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from generation.models import Task
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


def with_pictures(alice, **fields):
    output = make_output(make_task(alice, **fields))
    said = {"poster_small": "s.jpg", "poster_large": "l.jpg", "width": 1920, "height": 1080}
    for name, value in said.items():
        setattr(output, name, value)
    for name in ("poster_small", "poster_large"):
        getattr(output, name).save(f"{name}.jpg", ContentFile(name.encode()), save=False)
    output.save()
    return output


def test_a_tile_offers_each_size_under_an_address_of_its_content(client_for, alice, bob):
    output = with_pictures(alice)
    page = client_for(bob).get("/").content.decode()
    offered = dict(re.findall(r"(/media/outputs/\S+/) (\d+)w", page))
    assert list(offered.values()) == ["320", "640", "1280"]
    assert re.search(r'src="/media/outputs/[^"]+/640/abababababababab/"', page)
    assert 'sizes="auto, (width &lt; 48rem) 215px, 366px"' in page
    answers = [client_for(bob).get(address) for address in offered]
    assert [b"".join(one) for one in answers] == [b"poster_small", b"poster", b"poster_large"]
    assert all("immutable" in one["Cache-Control"] for one in answers)
    address = next(iter(offered))
    assert client_for(bob).get(address.replace("abab", "cdcd", 1)).status_code == 404
    assert client_for(bob).get(address.replace("/320/", "/500/")).status_code == 404
    Task.objects.update(visibility="private")
    assert client_for(bob).get(address).status_code == 404
    assert client_for(alice).get(f"/tasks/{output.task_id}/").content.count(b"/1280/abab") == 1


def test_a_result_of_before_keeps_its_one_picture(client_for, alice):
    make_output(make_task(alice))
    page = client_for(alice).get("/").content.decode()
    assert "/640/abababababababab/" in page
    assert "srcset" not in page


@pytest.mark.parametrize("name", ["image", "image-thumbnail"])
def test_each_picture_has_an_address_of_its_own(client_for, alice, name):
    one, other = images_of(alice, 2)
    asked = [client_for(alice).get(reverse(name, args=[image.pk])) for image in (one, other, one)]
    first, second, again = (b"".join(response) for response in asked)
    assert [response.status_code for response in asked] == [200, 200, 200]
    assert first == again != second


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
