"""What a poll means by HTTP status and body, over real HTTP; and the check of a key."""

import json

import httpx
import pytest

from generation.gateway.client import GatewayClient
from generation.gateway.failures import GatewayFailure, NotFound, Unauthorized, Unavailable
from generation.gateway.results import KeyVerdict, Phase
from tests.support.gateways.scripted import Reply
from tests.support.ports import free_port


def failure_of(client, gateway, reply, key):
    gateway.reply = reply
    with pytest.raises(GatewayFailure) as caught:
        client.fetch("a", key)
    return caught.value


def test_it_works(client, gateway, key):
    gateway.reply = Reply.json({"id": "d758n", "status": "in_progress", "progress": 0.5})
    reply = client.fetch("d758n", key)
    assert (reply.remote_id, reply.phase, reply.progress) == ("d758n", Phase.RUNNING, 0.5)
    [request] = gateway.requests
    assert (request.method, request.path) == ("GET", "/v1/generation/task/d758n")
    assert request.headers["authorization"] == f"Bearer {key}"
    assert "content-type" not in request.headers


class Patient(httpx.BaseTransport):
    """Keeps how long each request may take."""

    def __init__(self):
        self.seconds = []

    def handle_request(self, request):
        self.seconds.append(request.extensions["timeout"])
        return httpx.Response(200, json={"id": "a", "status": "in_progress"})


def test_seconds_of_polls_and_creates(key):
    patient = Patient()
    with GatewayClient("https://gateway.example/v1", transport=patient) as client:
        client.fetch("a", key)
        client.probe(key)
        client.fetch("a", key, timeout=2)
        client.create("m", {"prompt": "x"}, key)
    poll = dict.fromkeys(("connect", "read", "write", "pool"), 10)
    create = {"connect": 5, "read": 60, "write": 60, "pool": 5}
    assert patient.seconds == [poll, poll, dict.fromkeys(poll, 2), create]


def test_failed_is_http_200(client, gateway, key):
    gateway.reply = Reply.json({"id": "a", "status": "failed", "error": {"code": 110001}})
    assert client.fetch("a", key).phase is Phase.FAILED


def test_id_that_is_not_repeated(client, gateway, key):
    gateway.reply = Reply.json({"status": "completed", "output": []})
    assert client.fetch("a", key).remote_id == "a"


@pytest.mark.parametrize(
    ("remote_id", "path"),
    [("a/b?c#d", "a%2Fb%3Fc%23d"), ("50%", "50%25"), ("mmsu_1:2", "mmsu_1%3A2")],
)
def test_id_is_quoted(client, gateway, key, remote_id, path):
    gateway.reply = Reply.json({"status": "in_progress"})
    client.fetch(remote_id, key)
    assert gateway.requests[0].path == f"/v1/generation/task/{path}"


@pytest.mark.parametrize("remote_id", ["", ".", "..", "a b", "a\nb", "é", "x" * 201])
def test_odd_id_is_not_asked_for(client, gateway, key, remote_id):
    with pytest.raises(NotFound):
        client.fetch(remote_id, key)
    assert gateway.requests == []


@pytest.mark.parametrize("status", [401, 403])
def test_unauthorized(client, gateway, key, status):
    failure = failure_of(client, gateway, Reply.json({"error": "no"}, status), key)
    assert type(failure) is Unauthorized
    assert (failure.status, failure.message) == (status, "no")


@pytest.mark.parametrize("status", [404, 410])
def test_not_found(client, gateway, key, status):
    failure = failure_of(client, gateway, Reply.json({"detail": "Not Found"}, status), key)
    assert type(failure) is NotFound


@pytest.mark.parametrize("status", [302, 400, 402, 408, 409, 422, 425, 429, 500, 502, 503, 504])
def test_unavailable(client, gateway, key, status):
    reply = Reply(status, b'{"id": "a", "status": "failed"}', {"Retry-After": "4"})
    failure = failure_of(client, gateway, reply, key)
    assert type(failure) is Unavailable
    assert (failure.status, failure.retry_after) == (status, 4.0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><title>Maintenance</title></html>",
        b"{}",
        b"[]",
        b"null",
        b'{"id": "a"',
        b'{"error": "internal error"}',
        b'{"error": {"code": 1002, "message": "rate limited"}}',
        b'{"status": {"code": 200, "message": "ok"}, "data": null}',
        b'{"id": "a", "pad": "' + b"x" * 1_100_000 + b'"}',
    ],
)
def test_nonsense_never_fails_a_task(client, gateway, key, body):
    failure = failure_of(client, gateway, Reply(200, body), key)
    assert type(failure) is Unavailable


@pytest.mark.parametrize(
    ("code", "kind"), [(401, Unauthorized), (404, NotFound), (500, Unavailable)]
)
def test_status_inside_a_200(client, gateway, key, code, kind):
    body = {"status": {"code": code, "message": "no"}, "data": None}
    assert type(failure_of(client, gateway, Reply.json(body), key)) is kind


def test_connection_is_kept(client, gateway, key):
    gateway.reply = Reply.json({"id": "a", "status": "in_progress"})
    for _ in range(5):
        client.fetch("a", key)
    assert (len(gateway.requests), gateway.connections) == (5, 1)


def test_connection_is_kept_after_an_error(client, gateway, key):
    for _ in range(3):
        failure_of(client, gateway, Reply(503, b"busy"), key)
    assert gateway.connections == 1


def test_no_cookies(client, gateway, key):
    gateway.reply = Reply(200, b'{"id": "a"}', {"Set-Cookie": "session=1; Path=/"})
    client.fetch("a", key)
    client.fetch("a", key)
    assert "cookie" not in gateway.requests[1].headers


def test_nothing_secret_in_failures_or_logs(client, gateway, key, caplog):
    caplog.set_level("DEBUG")
    failure = failure_of(client, gateway, Reply(500, f"Bearer {key}".encode()), key)
    assert key not in str(failure) + repr(failure) + json.dumps(failure.detail()) + caplog.text


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (401, b'{"error": "invalid_api_key"}', KeyVerdict.BAD),
        (403, b"", KeyVerdict.BAD),
        (200, b'{"status": {"code": 401, "message": "unauthorized"}}', KeyVerdict.BAD),
        (404, b'{"detail": "Not Found"}', KeyVerdict.GOOD),
        (400, b'{"error": "CODEC parse error"}', KeyVerdict.GOOD),
        (200, b'{"id": "0"}', KeyVerdict.GOOD),
        (429, b"", KeyVerdict.UNKNOWN),
        (502, b"<html>", KeyVerdict.UNKNOWN),
        (302, b"", KeyVerdict.UNKNOWN),
    ],
)
def test_probe(client, gateway, key, status, body, verdict):
    gateway.reply = Reply(status, body)
    check = client.probe(key)
    assert check.verdict is verdict
    assert check.status == (401 if b'"code": 401' in body else status)
    assert check.reason
    assert gateway.requests[0].path == "/v1/generation/task/0"


def test_probe_of_a_key_with_odd_characters(client):
    assert client.probe("my key").verdict is KeyVerdict.BAD


def test_probe_without_a_gateway(key):
    with GatewayClient(f"http://127.0.0.1:{free_port()}/v1") as client:
        assert client.probe(key).verdict is KeyVerdict.UNKNOWN


@pytest.mark.parametrize(
    "address",
    [
        "",
        "h",
        "ftp://h/v1",
        "http://",
        "http://u:p@h/v1",
        "http://h/v1?a=1",
        "http://h/#x",
        "http://h:x/",
    ],
)
def test_address_of_the_gateway_is_checked(address):
    with pytest.raises(ValueError):
        GatewayClient(address)


def test_last_slash_of_the_address(gateway, key):
    gateway.reply = Reply.json({"id": "a"})
    with GatewayClient(gateway.url + "/") as client:
        client.fetch("a", key)
    assert gateway.requests[0].path == "/v1/generation/task/a"
