"""Messages go only where they may, and say no more of an address than its host."""

import pytest

from generation.media.guard import DownloadFailed, Forbidden
from generation.media.posting import checked, doors, post


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example/x", "ftp://hooks.example", "https://", "https://me:secret@hooks.example/",
        "https://hooks.example:8443/", "hooks.example", "", "https://[::1", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_only_plain_https_addresses_are_taken(address):
    with pytest.raises(Forbidden):
        checked(address)


@pytest.mark.parametrize("found", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00::1"])
def test_no_address_of_ours_is_asked(found):
    with pytest.raises(Forbidden, match="not public"):
        post("https://hooks.example/T1/secret", b"{}", {}, resolve=lambda *_: [found])


def test_a_message_arrives_and_a_redirect_is_not_followed(serve):
    heard = []

    def respond(handler):
        length = int(handler.headers["Content-Length"])
        heard.append((handler.command, handler.headers["X-Sign"], handler.rfile.read(length)))
        status = 204 if handler.path == "/good" else 302
        handler.send_response(status)
        handler.send_header("Location", "/good")
        handler.end_headers()

    server = serve(respond)
    post(server.url("/good"), b'{"text": "x"}', {"X-Sign": "y"}, allow=server.allow)
    assert heard == [("POST", "y", b'{"text": "x"}')]
    with pytest.raises(DownloadFailed) as failed:
        post(server.url("/T1/secret"), b"{}", {}, allow=server.allow)
    assert failed.value.reason == "127.0.0.1 answered HTTP 302"
    assert len(heard) == 2


def test_only_while_debugging_a_receiver_on_this_machine_may_be_tried(settings):
    assert doors("http://127.0.0.1:9000/x") == frozenset()
    settings.DEBUG = True
    assert doors("http://127.0.0.1:9000/x") == {("127.0.0.1", 9000)}
    for other in (
        "http://10.0.0.7/x",
        "ftp://127.0.0.1",
        "https://[::1",
        "",
        "http://localhost.example",
    ):
        assert doors(other) == frozenset()
