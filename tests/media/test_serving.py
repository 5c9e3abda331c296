from io import BytesIO

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import RequestFactory

from generation.media.serving import CAP, ranged_response

BODY = bytes(range(256)) * 8
SIZE = len(BODY)
ETAG = '"abc"'


class Opened:
    """Counts how often the file is opened and keeps the last one."""

    def __init__(self, body=BODY):
        self.body, self.files = body, []

    def __call__(self):
        self.files.append(BytesIO(self.body))
        return self.files[-1]


@pytest.fixture(autouse=True)
def _no_database():
    """Closing a response tells Django to look after its connections; there are none here."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


def get(method="get", body=BODY, opened=None, cap=CAP, filename="clip.mp4", attach=False, **sent):
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    return ranged_response(
        getattr(RequestFactory(), method)("/media/x", headers=headers),
        opened or Opened(body),
        len(body),
        content_type="video/mp4",
        etag="abc",
        filename=filename,
        as_attachment=attach,
        cap=cap,
    )


def content(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    return body


def test_it_works():
    response = get()

    assert response.status_code == 200
    assert content(response) == BODY
    assert response["Content-Length"] == str(SIZE)
    assert response["Content-Type"] == "video/mp4"
    assert response["Accept-Ranges"] == "bytes"
    assert response["ETag"] == ETAG


@pytest.mark.parametrize("wanted", ["bytes=0-9", "bytes=5000-", None])
def test_every_answer_is_guarded(wanted):
    response = get(**({"Range": wanted} if wanted else {}))

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    response.close()


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=10-19", 10, 19),
        ("bytes=2000-99999", 2000, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        ("bytes=-99999", 0, SIZE - 1),
        ("bytes=2047-", SIZE - 1, SIZE - 1),
        ("BYTES = 3-4 ", 3, 4),
    ],
)
def test_a_range_is_served(wanted, first, last):
    response = get(Range=wanted)

    assert response.status_code == 206
    assert content(response) == BODY[first : last + 1]
    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response["Content-Length"] == str(last - first + 1)
    assert response["Content-Type"] == "video/mp4"


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-", 0, 99), ("bytes=50-1000", 50, 149), ("bytes=-500", SIZE - 500, SIZE - 401)],
)
def test_a_long_range_is_capped(wanted, first, last):
    response = get(Range=wanted, cap=100)

    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert content(response) == BODY[first : last + 1]


@pytest.mark.parametrize("wanted", ["bytes=2048-", "bytes=99999-100000", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(wanted):
    response = get(Range=wanted)

    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{SIZE}"
    assert response["Cache-Control"] == "private, no-store"
    assert content(response) == b""


@pytest.mark.parametrize(
    "wanted",
    [
        "bytes=0-1,5-6",
        "bytes=9-3",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes=٣-٤",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_what_is_not_one_range_gets_the_whole_file(wanted):
    response = get(Range=wanted)

    assert response.status_code == 200
    assert content(response) == BODY


def test_an_empty_file_has_no_range():
    assert get(body=b"", Range="bytes=0-").status_code == 416


@pytest.mark.parametrize(
    ("if_range", "status"),
    [(ETAG, 206), ('"other"', 200), ('W/"abc"', 200), ("Tue, 01 Jan 2030 00:00:00 GMT", 200)],
)
def test_if_range_must_match_strongly(if_range, status):
    response = get(Range="bytes=0-9", If_Range=if_range)

    assert response.status_code == status
    response.close()


@pytest.mark.parametrize("known", [ETAG, 'W/"abc"', f'"x", {ETAG}', "*"])
def test_a_known_version_is_304(known):
    opened = Opened()

    response = get(opened=opened, If_None_Match=known, Range="bytes=0-9")

    assert response.status_code == 304
    assert response["ETag"] == ETAG
    assert "Cache-Control" in response
    assert opened.files == []


def test_another_version_is_sent():
    response = get(If_None_Match='"other"')

    assert response.status_code == 200
    response.close()


@pytest.mark.parametrize("wanted", [{}, {"Range": "bytes=0-9"}])
def test_head_describes_without_opening(wanted):
    opened = Opened()

    response = get("head", opened=opened, **wanted)

    assert response.status_code == 200
    assert response["Content-Length"] == str(SIZE)
    assert content(response) == b""
    assert opened.files == []


def test_it_may_be_cached_by_the_browser_only():
    response = get()

    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    response.close()


def test_a_part_closes_its_file():
    opened = Opened()

    response = get(opened=opened, Range="bytes=0-9")

    assert content(response) == BODY[:10]
    assert opened.files[0].closed


@pytest.mark.parametrize(
    ("attach", "filename", "header"),
    [
        (False, "clip.mp4", 'inline; filename="clip.mp4"'),
        (True, "clip.mp4", 'attachment; filename="clip.mp4"'),
        (True, "Müde Füchse.mp4", "attachment; filename*=utf-8''M%C3%BCde%20F%C3%BCchse.mp4"),
        (True, '../"a"\r\nX: y.mp4', 'attachment; filename="_a_X_ y.mp4"'),
        (True, "evil\u202e4pm.exe", 'attachment; filename="evil_4pm.exe"'),
        (True, " .. ", 'attachment; filename="file"'),
    ],
)
def test_the_file_name_is_safe(attach, filename, header):
    response = get(attach=attach, filename=filename)

    assert response["Content-Disposition"] == header
    response.close()
