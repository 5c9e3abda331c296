"""What a create means by HTTP status and body, over real HTTP."""

import json
import traceback

import pytest

from generation.gateway.client import GatewayClient
from generation.gateway.failures import (
    Ambiguous,
    Busy,
    GatewayFailure,
    NotSent,
    Refused,
    TooLarge,
    Unauthorized,
)
from generation.gateway.results import Phase
from tests.support.gateways.scripted import Reply

CREATED = {"id": "d758n65e878c73cmdg20", "created_at": 1780633394, "status": "in_progress"}


def failure_of(client, gateway, reply, key, params=None):
    gateway.reply = reply
    with pytest.raises(GatewayFailure) as caught:
        client.create("m", params or {"prompt": "p"}, key)
    return caught.value


def test_it_works(client, gateway, key):
    gateway.reply = Reply.json(CREATED)
    reply = client.create("viduq1_img2video", {"prompt": "cat 猫"}, key)
    assert (reply.remote_id, reply.phase) == ("d758n65e878c73cmdg20", Phase.RUNNING)
    [request] = gateway.requests
    assert (request.method, request.path) == ("POST", "/v1/generation")
    assert json.loads(request.body) == {
        "model": "viduq1_img2video",
        "input": [{"params": {"prompt": "cat 猫"}}],
    }


def test_headers(gateway, key):
    gateway.reply = Reply.json(CREATED)
    with GatewayClient(gateway.url, user_agent="viduweb/1.2") as client:
        client.create("m", {}, key)
    headers = gateway.requests[0].headers
    assert headers["authorization"] == f"Bearer {key}"
    assert headers["content-type"] == "application/json"
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"] == "viduweb/1.2"


def test_failed_at_once_is_a_reply(client, gateway, key):
    gateway.reply = Reply.json({"id": "a", "status": "failed", "error": {"code": 8007002}})
    reply = client.create("m", {}, key)
    assert (reply.remote_id, reply.phase, reply.error_code) == ("a", Phase.FAILED, "8007002")


def test_completed_at_once_is_a_reply(client, gateway, key):
    gateway.reply = Reply.json({"id": "a", "status": "completed"})
    assert client.create("m", {}, key).phase is Phase.COMPLETED


@pytest.mark.parametrize("status", [200, 201, 202, 500, 502, 504])
def test_an_id_is_what_matters(client, gateway, key, status):
    gateway.reply = Reply.json({"task_id": "a", "error": {"code": "SYNC_TIMEOUT"}}, status)
    reply = client.create("m", {}, key)
    assert (reply.remote_id, reply.phase) == ("a", Phase.RUNNING)


def test_503_with_an_id_is_no_invitation_to_send_again(client, gateway, key):
    gateway.reply = Reply.json(CREATED, 503, **{"Retry-After": "3"})
    assert client.create("m", {}, key).remote_id == CREATED["id"]


@pytest.mark.parametrize("status", [400, 402, 404, 405, 409, 410, 413, 415, 422, 425])
def test_refused(client, gateway, key, status):
    reply = Reply.json(
        {"error": {"code": "FieldInvalid", "message": "invalid field: seed"}},
        status,
        **{"X-Request-Id": "r-1"},
    )
    failure = failure_of(client, gateway, reply, key)
    assert type(failure) is Refused
    assert not failure.local
    assert failure.detail() == {
        "failure": "Refused",
        "reason": "The gateway refused the request. (invalid field: seed)",
        "status": status,
        "code": "FieldInvalid",
        "message": "invalid field: seed",
        "request_id": "r-1",
    }


def test_a_failure_tells_nothing_that_was_not_said():
    assert NotSent("Nobody listens.").detail() == {
        "failure": "NotSent",
        "reason": "Nobody listens.",
    }


@pytest.mark.parametrize("status", [401, 403])
def test_key_refused(client, gateway, key, status):
    failure = failure_of(client, gateway, Reply.json({"error": "invalid_api_key"}, status), key)
    assert type(failure) is Unauthorized
    assert (failure.status, failure.message) == (status, "invalid_api_key")


def test_a_4xx_with_an_id_is_still_refused(client, gateway, key):
    failure = failure_of(client, gateway, Reply.json({"id": "req-1", "error": "no"}, 400), key)
    assert type(failure) is Refused


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("soon", None), (None, None)])
def test_429_is_busy(client, gateway, key, header, seconds):
    headers = {"Retry-After": header} if header else {}
    failure = failure_of(client, gateway, Reply.json({"error": "slow down"}, 429, **headers), key)
    assert type(failure) is Busy
    assert (failure.status, failure.retry_after) == (429, seconds)


def test_503_with_retry_after_is_busy(client, gateway, key):
    reply = Reply(503, b"", {"Retry-After": "Fri, 20 Nov 2099 12:00:00 GMT"})
    failure = failure_of(client, gateway, reply, key)
    assert type(failure) is Busy
    assert failure.retry_after == 3600


@pytest.mark.parametrize("status", [408, 499, 500, 501, 502, 503, 504, 599])
@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b'{"error": "internal"}'])
def test_ambiguous_statuses(client, gateway, key, status, body):
    failure = failure_of(client, gateway, Reply(status, body), key)
    assert type(failure) is Ambiguous
    assert failure.status == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><title>Welcome</title></html>",
        b"{}",
        b"[]",
        b'{"status": "in_progress"}',
        b'{"id": "", "status": "in_progress"}',
        b'{"id": "d758',
        b'{"status": {"code": 200, "message": "ok"}, "data": null}',
        b"{" * 50_000,
    ],
)
def test_2xx_without_id_or_error_is_ambiguous(client, gateway, key, body):
    failure = failure_of(client, gateway, Reply(200, body), key)
    assert type(failure) is Ambiguous
    assert failure.status == 200
    assert failure.reason.startswith("The gateway answered without a task id.")


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": "insufficient balance"}, "", "insufficient balance"),
        ({"id": "", "error": {"code": 1, "message": "no"}}, "1", "no"),
    ],
)
def test_2xx_with_an_error_and_no_id_is_refused(client, gateway, key, body, code, message):
    failure = failure_of(client, gateway, Reply.json(body), key)
    assert type(failure) is Refused
    assert (failure.status, failure.code, failure.message) == (200, code, message)
    assert failure.reason == f"The gateway refused the request. ({message})"


@pytest.mark.parametrize(
    ("code", "kind"), [(402, Refused), (401, Unauthorized), (429, Busy), (500, Ambiguous)]
)
def test_status_inside_a_200(client, gateway, key, code, kind):
    body = {"status": {"code": code, "message": "no"}, "data": None}
    failure = failure_of(client, gateway, Reply.json(body), key)
    assert type(failure) is kind
    assert failure.status == code
    if code == 500:
        assert failure.reason == "The gateway failed while it took the request. (no)"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(301, Refused), (307, Refused), (308, Refused), (302, Ambiguous), (303, Ambiguous)],
)
def test_redirects_are_not_followed(client, gateway, key, status, kind):
    reply = Reply(status, b"", {"Location": gateway.url + "/elsewhere"})
    assert type(failure_of(client, gateway, reply, key)) is kind
    assert len(gateway.requests) == 1


def test_oversized_reply_is_ambiguous(client, gateway, key):
    reply = Reply(200, b'{"id": "a", "pad": "' + b"x" * 1_100_000 + b'"}')
    failure = failure_of(client, gateway, reply, key)
    assert type(failure) is Ambiguous
    assert "1024 KiB" in failure.reason


def test_body_over_the_limit_is_not_sent(client, gateway, key):
    failure = failure_of(client, gateway, Reply(), key, {"prompt": "x" * 20_000_000})
    assert type(failure) is TooLarge
    assert failure.local
    assert failure.status == 413
    assert gateway.requests == []


def test_body_just_within_the_limit_arrives_whole(client, gateway, key):
    gateway.reply = Reply.json(CREATED)
    client.create("m", {"prompt": "x" * 19_999_000}, key)
    assert len(gateway.requests[0].body) > 19_999_000


@pytest.mark.parametrize("odd", ["", "a b", "key\n", "schlüssel", "x" * 5000])
def test_a_key_that_no_header_holds_is_not_sent(client, gateway, odd):
    failure = failure_of(client, gateway, Reply(), odd)
    assert type(failure) is Unauthorized
    assert failure.local
    assert gateway.requests == []


def test_creates_and_polls_share_a_connection(client, gateway, key):
    gateway.reply = Reply.json(CREATED)
    client.fetch("a", key)
    client.create("m", {}, key)
    client.create("m", {}, key)
    client.fetch("a", key)
    assert gateway.connections == 1


@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
def test_nothing_secret_in_failures_or_logs(client, gateway, key, caplog, status):
    image = "data:image/png;base64," + "iVBORw0KGgo" * 50

    def echo(request):
        said = request.headers["authorization"] + request.body.decode()
        return Reply.json({"error": {"code": said, "message": said}}, status)

    caplog.set_level("DEBUG")
    failure = failure_of(client, gateway, echo, key, {"images": [image]})
    shown = "".join(traceback.format_exception(failure)) + repr(failure) + repr(failure.args)
    shown += json.dumps(failure.detail()) + caplog.text + repr(client)
    assert key not in shown
    assert "iVBOR" not in shown
    assert failure.__context__ is None


def test_nothing_secret_in_replies(client, gateway, key):
    gateway.reply = Reply.json(
        {**CREATED, "model": key, "echo": {"authorization": f"Bearer {key}"}}
    )
    reply = client.create("m", {}, key)
    assert key not in repr(reply)
