"""HTML comes compressed to who takes it; nothing else does, and no page becomes readable by it."""

import gzip
import re

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import reverse

from generation.middleware import compress_pages
from tests.factories import make_output, make_task

TAKES = {"accept-encoding": "gzip, deflate, br"}


@pytest.fixture
def client(client_for, alice):
    for _ in range(20):
        make_output(make_task(alice))
    return client_for(alice)


def test_a_gallery_is_a_fraction_of_its_size(client):
    plain = client.get("/tasks/")
    packed = client.get("/tasks/", headers=TAKES)
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 5
    token = re.compile(
        rb'name="(csrfmiddlewaretoken|submission)" value="[\w-]+"|"[Xx]-[Cc][Ss][Rr][Ff][^}]*'
    )
    assert token.sub(b"", gzip.decompress(packed.content)) == token.sub(b"", plain.content)
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer["Vary"]
        assert "Cookie" in answer["Vary"]


@pytest.mark.parametrize(
    ("path", "status"), [("/tasks/no-such-page/", 404), ("/tasks/changes/?since=0", 200)]
)
def test_fragments_and_error_pages_too(client, path, status):
    answer = client.get(path, headers=TAKES | {"hx-request": "true"})
    assert answer.status_code == status
    assert answer["Content-Encoding"] == "gzip"


def test_each_time_the_token_is_masked_in_another_way(client):
    pages = [gzip.decompress(client.get("/tasks/", headers=TAKES).content) for _ in range(12)]
    tokens = {re.search(rb"[\"'](\w{64})[\"']", page)[1] for page in pages}
    assert len(tokens) == len(pages)


def test_files_pass_as_they_are(client, alice):
    output = make_output(make_task(alice), data=b"a" * 50_000)
    answer = client.get(reverse("output", args=[output.pk]), headers=TAKES)
    assert "Content-Encoding" not in answer
    assert answer["Content-Length"] == "50000"
    part = client.get(reverse("output", args=[output.pk]), headers=TAKES | {"range": "bytes=0-9"})
    assert (part.status_code, "Content-Encoding" in part) == (206, False)


def through(response, **headers):
    request = RequestFactory().get("/", headers={**TAKES, **headers})
    return compress_pages(lambda _: response)(request)


def test_the_length_tells_nothing():
    """Of the very same page, without a token that is masked: that alone would make lengths differ."""
    lengths = {len(through(HttpResponse(f"<p>{'x' * 5000}")).content) for _ in range(12)}
    assert len(lengths) > 4


def test_streams_are_not_held_up():
    """Each part goes out when it is made."""
    made = []

    def parts():
        for number in range(3):
            made.append(number)
            yield b"x" * 2000

    answer = through(StreamingHttpResponse(parts()))
    assert "Content-Encoding" not in answer
    first = next(iter(answer))
    assert (len(first), made) == (2000, [0])


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("short"),
        HttpResponse("x" * 5000, content_type="application/json"),
        HttpResponse("x" * 5000, content_type="text/plain"),
        HttpResponse(b"x" * 5000, content_type="application/zip"),
        HttpResponse(b"x" * 5000, headers={"Content-Encoding": "br"}),
        HttpResponse(status=204),
    ],
)
def test_the_rest_is_not_compressed(response):
    assert through(response).get("Content-Encoding") in (None, "br")


def test_an_etag_says_that_it_is_another_body():
    answer = through(HttpResponse("x" * 5000, headers={"ETag": '"abc"'}))
    assert (answer["Content-Encoding"], answer["ETag"]) == ("gzip", 'W/"abc"')
