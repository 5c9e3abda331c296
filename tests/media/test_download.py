import errno
import gzip
import hashlib
import os
import zlib
from threading import Event

import pytest

from generation.media.download import Downloader, DownloadFailed, Forbidden
from generation.media.inspect import BadMedia, inspect_output

BODY = bytes(range(256)) * 40


def answer(body=BODY, status=200, **headers):
    headers = {"Content_Type": "video/mp4", "Content_Length": len(body), **headers}

    def respond(handler):
        handler.send_response(status)
        for name, value in headers.items():
            if value is not None:
                handler.send_header(name.replace("_", "-"), str(value))
        handler.end_headers()
        handler.wfile.write(body)

    return respond


def redirect(location, status=302):
    return answer(b"", status, Location=location)


def drip(start, piece, pause=0.01):
    """After `start`, feed `piece` again and again until the client hangs up."""

    def respond(handler):
        handler.wfile.write(start)
        while True:
            handler.wfile.write(piece)
            Event().wait(pause)

    return respond


def downloader(server=None, *, max_bytes=1_000_000, deadline=5, **options):
    allow = server.allow if server else frozenset()
    return Downloader(allow, max_bytes, deadline, **options)


def failure(server, part, url=None, **options):
    with pytest.raises(DownloadFailed) as caught:
        downloader(server, **options).fetch(url or server.url(), part)
    assert not part.exists()
    return caught.value


def test_it_works(serve, part):
    server = serve(answer(Content_Type="Video/MP4; codecs=avc1"))

    downloaded = downloader(server).fetch(server.url("/a.mp4?sig=1"), part)

    assert part.read_bytes() == BODY
    assert downloaded.bytes == len(BODY)
    assert downloaded.sha256 == hashlib.sha256(BODY).hexdigest()
    assert downloaded.content_type == "video/mp4"
    assert downloaded.final_url == server.url("/a.mp4?sig=1")


def test_the_server_is_asked_for_the_plain_file(serve, part):
    server = serve(answer())

    downloader(server).fetch(server.url("/a%20b.mp4?sig=x%2By"), part)

    request = server.requests[0]
    assert request.path == "/a%20b.mp4?sig=x%2By"
    assert request.headers["Accept-Encoding"] == "identity"
    assert request.headers["User-Agent"] == "viduweb"
    assert "Cookie" not in request.headers
    assert "Authorization" not in request.headers


def test_progress_is_told_as_a_growing_total(serve, part):
    server, told = serve(answer(BODY * 30)), []

    downloader(server).fetch(server.url(), part, told.append)

    assert told == sorted(told)
    assert told[-1] == len(BODY) * 30


def test_a_proxy_in_the_environment_is_not_used(serve, part, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server = serve(answer())

    assert downloader(server).fetch(server.url(), part).bytes == len(BODY)


def test_a_body_without_length_is_taken(serve, part):
    server = serve(answer(Content_Length=None))

    assert downloader(server).fetch(server.url(), part).bytes == len(BODY)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_expired_address_is_gone(serve, part, status):
    error = failure(serve(answer(b"<Error/>", status)), part)

    assert (error.status, error.gone) == (status, True)
    assert error.reason == f"127.0.0.1/result.mp4 is no longer there (HTTP {status})"


@pytest.mark.parametrize("status", [204, 206, 400, 429, 500, 503])
def test_other_answers_may_be_asked_again(serve, part, status):
    error = failure(serve(answer(b"", status)), part)

    assert (error.status, error.gone) == (status, False)


def test_a_refused_connection_is_a_failure(serve, part):
    server = serve(answer())
    server.server_close()

    assert "connection failed" in failure(server, part).reason


def test_an_empty_file_is_a_failure(serve, part):
    error = failure(serve(answer(b"")), part)

    assert (error.reason, error.status) == ("127.0.0.1/result.mp4 sent an empty file", 200)


def test_a_length_that_lies_is_a_failure(serve, part):
    assert "connection failed" in failure(serve(answer(Content_Length=len(BODY) + 1)), part).reason


def test_too_long_a_file_is_refused_by_its_declared_length(serve, part):
    error = failure(serve(answer(Content_Length=3 * 1024 * 1024)), part, max_bytes=2 * 1024 * 1024)

    assert error.reason == "the file is larger than 2 MB"


def test_too_long_a_file_is_refused_while_it_comes(serve, part):
    error = failure(serve(answer(BODY * 100, Content_Length=None)), part, max_bytes=50_000)

    assert "larger than" in error.reason


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", b"x"),
    ],
    ids=["status line", "headers", "body"],
)
def test_a_drip_ends_by_the_deadline(serve, part, start, piece):
    error = failure(serve(drip(start, piece)), part, deadline=0.1)

    assert error.reason == "the download was not finished within 0.1 s"


def test_silence_ends_by_the_read_timeout(serve, part):
    done = Event()
    server = serve(lambda handler: done.wait(2))

    error = failure(server, part, read=0.05)
    done.set()

    assert error.reason == "the server did not answer in time"


def test_gzip_that_nobody_asked_for_is_unpacked(serve, part):
    server = serve(answer(gzip.compress(BODY), Content_Encoding="gzip"))

    assert downloader(server).fetch(server.url(), part).bytes == len(BODY)
    assert part.read_bytes() == BODY


def test_a_gzip_bomb_is_stopped_at_the_limit(serve, part):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(40)) + packer.flush()
    told = []
    server = serve(answer(bomb, Content_Encoding="gzip"))

    with pytest.raises(DownloadFailed, match="larger than"):
        downloader(server, max_bytes=2_000_000).fetch(server.url(), part, told.append)

    assert len(bomb) < 50_000
    assert max(told) <= 2_000_000
    assert not part.exists()


@pytest.mark.parametrize("body", [b"not gzip at all", gzip.compress(BODY)[:-20]])
def test_damaged_gzip_is_a_failure(serve, part, body):
    assert "compressed file" in failure(serve(answer(body, Content_Encoding="gzip")), part).reason


def test_other_compression_is_refused(serve, part):
    assert "compressed" in failure(serve(answer(Content_Encoding="br")), part).reason


def test_a_page_instead_of_a_video_is_refused_on_inspection(serve, part):
    server = serve(answer(b"<!doctype html><h1>Sign in</h1>"))

    downloader(server).fetch(server.url(), part)

    with pytest.raises(BadMedia, match="an HTML page"):
        inspect_output(part, "video")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(serve, part, status):
    target = serve(answer())
    server = serve(redirect(target.url("/moved.mp4"), status))

    downloaded = Downloader(server.allow | target.allow, 10**6, 5).fetch(server.url(), part)

    assert downloaded.final_url == target.url("/moved.mp4")


def test_a_relative_redirect_is_followed(serve, part):
    def respond(handler):
        (answer() if handler.path == "/b/moved.mp4" else redirect("../b/moved.mp4"))(handler)

    server = serve(respond)

    assert downloader(server).fetch(server.url("/a/x.mp4"), part).bytes == len(BODY)


def test_only_a_redirect_leads_elsewhere(serve, part):
    server = serve(answer(Location="/elsewhere.mp4"))

    assert downloader(server).fetch(server.url(), part).final_url == server.url()
    assert len(server.requests) == 1


def test_three_redirects_are_enough(serve, part):
    server = serve(redirect("/again.mp4"))

    assert failure(server, part).reason == "127.0.0.1/again.mp4 redirects more than 3 times"
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        "https://169.254.169.254/latest/meta-data/",
        "http://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://127.0.0.1:8000/",
        "http://93.184.215.14/plain-http.mp4",
        "https://93.184.215.14:22/",
        "https://user:password@93.184.215.14/",
        "file:///etc/passwd",
        "ftp://93.184.215.14/a.mp4",
        "//[::1]/a.mp4",
        "https://",
    ],
)
def test_a_redirect_elsewhere_is_refused(serve, part, location):
    assert isinstance(failure(serve(redirect(location)), part), Forbidden)


@pytest.mark.parametrize(
    ("reason", "urls"),
    [
        (
            "is not an https address",
            ["http://93.184.215.14/a.mp4", "ftp://example.com/a.mp4", "gopher://127.0.0.1:6379/_"],
        ),
        (
            "has an address that is not public",
            [
                *("https://127.0.0.1/a.mp4", "https://localhost/a.mp4", "https://[::1]/a.mp4"),
                *("https://[::ffff:127.0.0.1]/a.mp4", "https://0x7f000001/a.mp4"),
                *("https://2130706433/a.mp4", "https://127.1/a.mp4", "https://0/a.mp4"),
                "https://[64:ff9b::7f00:1]/a.mp4",
            ],
        ),
        (
            "the address has no host or holds a password",
            ["file:///etc/passwd", "/etc/passwd", "", "https://user:password@93.184.215.14/"],
        ),
        ("port 22 of 93.184.215.14 is not allowed", ["https://93.184.215.14:22/"]),
        ("port 99999 of example.com is not allowed", ["https://example.com:99999/"]),
        ("the address is not valid", ["https://exa\x00mple.com/"]),
    ],
)
def test_such_addresses_are_refused_with_the_reason(part, reason, urls):
    for url in urls:
        with pytest.raises(Forbidden, match=reason):
            downloader().fetch(url, part)
        assert not part.exists()


def test_the_reason_names_host_and_path(serve, part):
    error = failure(serve(answer(b"", 500)), part)

    assert error.reason == "127.0.0.1/result.mp4 answered HTTP 500"


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_the_signature_never_shows(serve, part, status):
    server = serve(answer(b"", status, Location="/x?sig=SECRET" if status == 302 else None))

    error = failure(server, part, server.url("/a.mp4?sig=SECRET"))

    assert "SECRET" not in str(error)


def test_a_refused_address_does_not_show_its_signature(part):
    with pytest.raises(Forbidden) as caught:
        downloader().fetch("http://cdn.example/a.mp4?sig=SECRET#frag", part)
    assert caught.value.reason == "cdn.example/a.mp4 is not an https address"


def test_repr_leaves_the_address_out(serve, part):
    server = serve(answer())

    assert "SECRET" not in repr(downloader(server).fetch(server.url("/a.mp4?sig=SECRET"), part))


@pytest.mark.parametrize(
    ("code", "reason"), [(errno.ENOSPC, "disk full"), (errno.EIO, "could not be stored")]
)
def test_a_disk_error_is_a_failure(serve, part, monkeypatch, code, reason):
    def broken(descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", broken)

    assert reason in failure(serve(answer()), part).reason


def test_a_missing_folder_is_a_failure(serve, tmp_path):
    assert "could not be stored" in failure(serve(answer()), tmp_path / "none" / "x.part").reason


def test_the_part_is_removed_when_the_listener_raises(serve, part):
    def stop(total):
        raise KeyboardInterrupt

    server = serve(answer())

    with pytest.raises(KeyboardInterrupt):
        downloader(server).fetch(server.url(), part, stop)
    assert not part.exists()
