"""What is said of a charset breaks nothing, and no form is read by another than UTF-8."""

from io import BytesIO

import pytest
from django.core.handlers.wsgi import WSGIRequest

from viduweb import wsgi
from viduweb.server.charsets import utf8_only

CODECS = ["undefined", "rot13", "zlib", "utf-7", "unicode_escape", "nonsense", "utf-16"]
FORM = "application/x-www-form-urlencoded"


def read(environ, start_response):
    request = WSGIRequest(environ)
    start_response("200 OK", [])
    return [request.GET.get("next", "").encode(), request.POST.get("name", "").encode()]


def ask(kind, query="", body=b"", method="GET"):
    """The status, and what Django reads."""
    statuses = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/", "QUERY_STRING": query}
    environ |= {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
    answer = utf8_only(read)(environ, lambda status, headers: statuses.append(status))
    return int(statuses[0][:3]), b"".join(answer)


def test_the_web_server_asks_it_first():
    assert wsgi.application.__qualname__ == "utf8_only.<locals>.answer"


@pytest.mark.parametrize("codec", CODECS)
def test_a_form_in_another_charset_is_refused(codec):
    for kind in ("multipart/form-data; boundary=b", FORM):
        refused = ask(f"{kind}; charset={codec}", body=b"name=a", method="POST")
        assert refused == (415, b"Send UTF-8.\n")


@pytest.mark.parametrize("codec", CODECS)
def test_of_an_address_it_counts_for_nothing(codec):
    assert ask(f"text/plain; charset={codec}", query="next=/%5Cud800") == (200, b"/\\ud800")


@pytest.mark.parametrize("name", ["utf-8", "UTF-8", '"utf-8"'])
def test_utf8_is_read(name):
    assert ask(f"{FORM}; charset={name}", body=b"name=%C3%A4", method="POST") == (200, "ä".encode())
    assert ask(FORM, body=b"name=%C3%A4", method="POST") == (200, "ä".encode())


@pytest.mark.parametrize(
    "kind", ["text/plain; name*=zlib''x", f"{FORM}; a*='", "; ;", "a" * 20_000]
)
def test_a_header_that_nobody_can_read_is_no_fault_of_ours(kind):
    assert ask(kind)[0] in (200, 400)
