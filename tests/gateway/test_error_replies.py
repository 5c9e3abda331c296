"""Every HTTP error body of docs/gateway.md."""

import json
from datetime import UTC, datetime

import pytest
import time_machine

from generation.gateway.error_replies import embedded_status, parse_error, request_id, retry_after

SHAPES = [
    (
        {
            "status": {"code": 402, "message": "Insufficient credits", "error_code": 40201},
            "data": None,
        },
        ("40201", "Insufficient credits"),
    ),
    ({"status": {"code": 401, "message": "unauthorized"}, "data": None}, ("401", "unauthorized")),
    (
        {
            "error": {
                "code": "UNAUTHORIZED",
                "message": "Authorization Bearer or Key token is required",
            },
            "request_id": "r-1",
        },
        ("UNAUTHORIZED", "Authorization Bearer or Key token is required"),
    ),
    ({"error": {"code": 1002, "message": "rate limited"}}, ("1002", "rate limited")),
    ({"error": {"error_message": "provider rejected request"}}, ("", "provider rejected request")),
    ({"error": "missing authentication token"}, ("", "missing authentication token")),
    ({"error": "insufficient balance"}, ("", "insufficient balance")),
    ({"message": "no such model"}, ("", "no such model")),
    ({"detail": "App not found: not_exists"}, ("", "App not found: not_exists")),
    (
        {"detail": [{"loc": ["body", "model"], "msg": "field required"}, {"msg": "too long"}]},
        ("", "field required; too long"),
    ),
    (
        {"code": "FieldInvalid", "message": "invalid field: seed"},
        ("FieldInvalid", "invalid field: seed"),
    ),
    ("Request not found", ("", "Request not found")),
]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(("body", "expected"), SHAPES)
def test_shapes(status, body, expected):
    assert parse_error(status, {}, json.dumps(body).encode()) == expected


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[]", b'{"error": null}', b'{"error": {}}'])
def test_nothing_said(body):
    assert parse_error(502, {}, body) == ("", "HTTP 502 Bad Gateway")


def test_status_nobody_knows():
    assert parse_error(599, {}, b"") == ("", "HTTP 599")


def test_plain_text():
    assert parse_error(404, {}, b"Request not found\n") == ("", "Request not found")


def test_html_gives_its_title():
    body = b"<html><head><title>502 Bad\n Gateway</title></head><body>nginx</body></html>"
    assert parse_error(502, {"Content-Type": "text/html"}, body) == ("", "502 Bad Gateway")


def test_html_that_does_not_call_itself_so():
    body = b"\n  <title>503 Busy</title><body>nginx</body>"
    assert parse_error(503, {"Content-Type": "text/plain"}, body) == ("", "503 Busy")


def test_html_without_title():
    assert parse_error(403, {}, b"<h1>No</h1>") == ("", "HTTP 403 Forbidden")


def test_message_is_bounded_and_clean():
    body = json.dumps({"error": "a\x00\x1b[31m data:image/png;base64,AAAA " + "x" * 5000}).encode()
    _, message = parse_error(400, {}, body)
    assert message.startswith("a[31m [data] xxx")
    assert len(message) == 500


@pytest.mark.parametrize("body", [b'{"error": "bad key sk-canary-1"}', b"bad key sk-canary-1"])
def test_echoed_key_is_masked(body):
    assert parse_error(401, {}, body, "sk-canary-1") == ("", "bad key [key]")


def test_what_is_too_short_for_a_key_is_left_as_it_stands():
    said = [parse_error(401, {}, b"bad key 12345678", key)[1] for key in ("12345678", "2345678")]
    assert said == ["bad key [key]", "bad key 12345678"]


def test_nested_errors_are_read_once_each():
    body = b'{"error":' * 19 + b'"deep"' + b"}" * 19
    assert parse_error(500, {}, body) == ("", "deep")


def test_a_code_is_bounded():
    body = json.dumps({"error_code": "c" * 100, "message": "m"}).encode()
    assert parse_error(400, {}, body) == ("c" * 79 + "…", "m")


def test_of_a_list_the_first_three_are_read():
    body = json.dumps({"errors": ["one", "two", "three", "four"]}).encode()
    assert parse_error(400, {}, body) == ("", "one; two; three")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("99999", 3600.0),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
        ("Sat, 21 Nov 2026 12:00:00 GMT", 3600.0),
        ("Fri, 20 Nov 2026 12:00:30 -0000", 30.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("9" * 5000, None),
        ("Fri, 99 Nov 99999 12:00:30 GMT", None),
    ],
)
def test_retry_after(value, seconds):
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False):
        assert retry_after({"Retry-After": value}) == seconds


def test_no_retry_after():
    assert retry_after({}) is None


def test_request_id():
    assert request_id({"X-Request-Id": "r-1"}) == "r-1"
    assert request_id({"x-request-id": "for sk-canary-1"}, "sk-canary-1") == "for [key]"
    assert request_id({}) == ""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"status": {"code": 402}}', 402),
        (b'{"status": {"code": "503"}}', 503),
        (b'{"status": {"code": 200}}', None),
        (b'{"status": "failed"}', None),
        (b"[]", None),
        (b"no", None),
    ],
)
def test_embedded_status(body, status):
    assert embedded_status(body) == status
