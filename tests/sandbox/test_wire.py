"""Keys, bodies, refusals, progress, result addresses, connections."""

import base64
import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.catalog import MODELS
from tests.support.clock import Clock

from .client import (
    IMG2VIDEO,
    KEY,
    OTHER_KEY,
    REFERENCE2IMAGE,
    REFERENCE2VIDEO,
    Client,
    data_uri,
    params_for,
    result_url,
)
from .conftest import Start

TURBO, Q1, V20 = IMG2VIDEO
TEXT = "data:image/png;base64," + base64.b64encode(b"no image at all").decode()


@pytest.mark.parametrize("key", ["x", "live-12345678", "Sandbox-1234"])
def test_other_keys_are_refused(quick: Client, key: str):
    stranger = Client(quick.http, key)
    for reply in (stranger.create(V20), stranger.poll("d758n65e878c73cmdg20")):
        assert reply.status_code == 401
        assert reply.json()["error"]["code"] == "UNAUTHORIZED"


def test_a_request_without_a_key_is_refused(quick: Client):
    assert quick.http.post("/model/v1/generation", json={}).status_code == 401


def test_an_unknown_task_is_not_found(quick: Client):
    assert quick.poll("d758n65e878c73cmdg20").status_code == 404


def test_the_task_of_another_key_is_not_found(quick: Client):
    task = quick.made(V20)
    assert Client(quick.http, OTHER_KEY).poll(task).status_code == 404
    assert quick.poll(task).status_code == 200


def test_an_unknown_model_is_not_found(quick: Client):
    assert quick.send("viduq9_img2video", {}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"model": V20},
        {"model": 7, "input": [{"params": {}}]},
        {"model": V20, "input": []},
        {"model": V20, "input": {"params": {}}},
        {"model": V20, "input": [{"params": []}]},
        {"model": V20, "input": [{"params": {}}, {"params": {}}]},
    ],
)
def test_a_wrong_body_is_refused(quick: Client, body: Any):
    reply = quick.post(body)
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "INVALID_REQUEST"


def test_a_body_that_is_no_json_is_refused(quick: Client):
    reply = quick.http.post(
        "/model/v1/generation",
        content=b"\xff{" + b"[" * 100_000,
        headers={"Authorization": f"Bearer {KEY}"},
    )
    assert reply.status_code == 400


def test_a_body_over_20_mb_is_refused(quick: Client):
    reply = quick.create(V20, payload="x" * (20 * 1024 * 1024))
    assert reply.status_code == 413
    assert reply.json()["error"]["code"] == "PAYLOAD_TOO_LARGE"
    assert quick.poll("none").status_code == 404  # the connection still works


@pytest.mark.parametrize(
    ("model", "changes", "code"),
    [
        (TURBO, {"duration": 11}, 8007004),
        (TURBO, {"resolution": "360p"}, 8007005),
        (TURBO, {"images": []}, 8007002),
        (TURBO, {"voice_id": "female-shaonv"}, 8007002),
        (TURBO, {"off_peak": True}, 8007002),
        (TURBO, {"colour": "red"}, 8007002),
        (Q1, {"duration": 4}, 8008003002),
        (Q1, {"images": [TEXT]}, 8008003004),
        (V20, {"duration": 8, "resolution": "360p"}, 8005006),
        (V20, {"duration": 5}, 8005005),
        (V20, {"images": [data_uri(500, 100)]}, 8005004),
        (V20, {"images": ["file:///etc/passwd"]}, 8005004),
        (V20, {"images": ["data:image/png;base64,%%%"]}, 8005004),
        (V20, {"images": [7]}, 8005004),
    ],
)
def test_image_to_video_names_its_code(quick: Client, model: str, changes: Any, code: int):
    reply = quick.create(model, **changes)
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert error["code"] == code
    assert next(iter(changes)) in error["error_message"] or "resolution" in error["error_message"]


@pytest.mark.parametrize(
    ("model", "changes", "code"),
    [
        (REFERENCE2VIDEO, {"subjects": []}, "008017002"),
        (REFERENCE2VIDEO, {"subjects": [{"id": "fox", "images": [data_uri()] * 4}]}, "008017003"),
        (REFERENCE2VIDEO, {"subjects": [], "audio": True}, "008017001"),
        (REFERENCE2VIDEO, {"prompt": "@cat"}, "008017099"),
        (REFERENCE2IMAGE, {"images": [data_uri()] * 8}, "008023002"),
        (REFERENCE2IMAGE, {"images": [data_uri(100, 100)]}, "008023002"),
        (REFERENCE2IMAGE, {"prompt": ""}, "008023003"),
        (REFERENCE2IMAGE, {"resolution": "8K"}, "008023099"),
    ],
)
def test_reference_models_name_their_code(quick: Client, model: str, changes: Any, code: str):
    reply = quick.create(model, **changes)
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert error["code"] == code
    assert next(iter(changes)) in error["message"] or "subjects" in error["message"]


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_parameters_break_it(quick: Client, data: st.DataObject):
    spec = MODELS[data.draw(st.sampled_from(list(MODELS)))]
    given_ = data.draw(st.dictionaries(st.sampled_from(spec.names), anything, max_size=4))
    reply = quick.send(spec.id, {**params_for(spec.id), **given_})
    assert reply.status_code in (200, 400)


def test_progress_grows_until_the_task_is_due(start: Start, clock: Clock):
    client = start(seconds=10, jitter=0, clock=clock)
    task = client.made(V20)
    seen = []
    for _ in range(4):
        seen.append(client.poll(task).json()["progress"])
        clock.now += 3
    assert seen == [0.0, 0.3, 0.6, 0.9]
    assert client.finished(task)["status"] == "completed"


def test_an_image_in_progress_has_its_own_status(start: Start, clock: Clock):
    client = start(clock=clock)
    reply = client.poll(client.made(REFERENCE2IMAGE)).json()
    assert reply["output"] == {"status": "processing", "content": []}


def test_a_result_address_expires(start: Start, clock: Clock):
    client = start(seconds=0, url_lifetime=60, clock=clock)
    reply = client.finished(client.made(V20))
    clock.now += 59
    assert client.download(reply)
    clock.now += 2
    assert client.http.get(result_url(reply)).status_code == 403


def test_a_changed_result_address_is_refused(quick: Client):
    url = result_url(quick.finished(quick.made(V20)))
    signature = url.rpartition("=")[2]
    for changed in (
        url.partition("?")[0],
        url.replace("expires=1", "expires=2"),
        url.replace(signature, "0" * 64),
        url.replace("/results/", "/results/../"),
        url.replace(signature, "%C3%A9"),
    ):
        assert quick.http.get(changed).status_code in (403, 404)


def test_result_addresses_name_the_host_that_was_asked(quick: Client):
    task = quick.made(V20)
    quick.finished(task)
    path = f"/model/v1/generation/task/{task}"
    headers = {"Authorization": f"Bearer {KEY}", "Host": "gateway.local:8001"}
    reply = quick.http.get(path, headers=headers).json()
    assert result_url(reply).startswith("http://gateway.local:8001/results/")
    bad = quick.http.get(path, headers={**headers, "Host": "a b/"}).json()
    assert result_url(bad).startswith(str(quick.http.base_url))


def test_connections_are_kept_open(quick: Client):
    host, port = quick.http.base_url.host, quick.http.base_url.port
    with socket.create_connection((host, port or 80)) as connection:
        for _ in range(2):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            reply = connection.recv(4096)
            assert reply.startswith(b"HTTP/1.1 200")
            assert reply.endswith(b'{"sandbox": true}')


def test_a_client_that_hangs_up_harms_nobody(quick: Client, caplog: pytest.LogCaptureFixture):
    host, port = quick.http.base_url.host, quick.http.base_url.port
    for sent in (b"POST /model/v1/generation HTTP/1.1\r\nContent-Length: 99\r\n\r\n{", b"GET /he"):
        with socket.create_connection((host, port or 80)) as connection:
            connection.sendall(sent)
    assert quick.http.get("/healthz").json() == {"sandbox": True}
    assert not caplog.records


def test_unknown_addresses_are_not_found(quick: Client):
    assert quick.http.get("/model/v1/generation").status_code == 404
    assert quick.http.post("/healthz").status_code == 404
