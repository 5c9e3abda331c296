"""The sandbox calls back, on this machine only."""

import json

import pytest

from generation.sandbox.caller import is_allowed
from tests.support.eventually import eventually
from tests.support.gateways.scripted import Reply, http_gateway

MODEL = "viduq2_reference2image"


@pytest.fixture
def listener():
    with http_gateway() as server:
        server.reply = Reply(204, b"")
        yield server


def heard(listener, calls, seconds=15.0):
    eventually(lambda: len(listener.requests) >= calls, seconds)
    return [json.loads(request.body) for request in listener.requests]


@pytest.mark.parametrize(("prompt", "end"), [("A calm sea", "completed"), ("[fail]", "failed")])
def test_it_tells_of_both_changes(start, listener, prompt, end):
    client = start(seconds=0.2, fast=True, callbacks=True)
    address = f"{listener.url}/callbacks/x/"
    remote_id = client.made(MODEL, images=[], prompt=prompt, callback_url=address)
    calls = heard(listener, 2)
    assert [call["status"] for call in calls] == ["in_progress", end]
    assert {(call["id"], call["model"]) for call in calls} == {(remote_id, MODEL)}
    assert listener.requests[0].path.endswith("/callbacks/x/")


def test_it_is_silent_unless_asked_for(start, listener):
    client = start(seconds=0.05, fast=True)
    client.finished(client.made(MODEL, images=[], prompt="A sea", callback_url=listener.url))
    assert heard(listener, 1, seconds=0.3) == []


def test_who_does_not_answer_holds_nobody_up(start, listener):
    client = start(seconds=0.1, fast=True, callbacks=True)
    client.made(MODEL, images=[], prompt="A sea", callback_url="http://127.0.0.1:9/closed")
    client.made(MODEL, images=[], prompt="A lake", callback_url=listener.url)
    assert len(heard(listener, 2)) == 2


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8000/callbacks/x/", True),
        ("http://localhost:8000/", True),
        ("https://[::1]/", True),
        ("https://studio.example.com/callbacks/x/", True),
        ("https://studio.example.com.evil.example/", False),
        ("https://example.com/", False),
        ("http://10.0.0.7/", False),
        ("http://169.254.169.254/latest/", False),
        ("http://0.0.0.0:8000/", False),
        ("ftp://127.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("http://127.0.0.1:port/", False),
        ("http://", False),
        ("", False),
    ],
)
def test_only_this_machine_and_the_named_host_are_called(url, allowed):
    assert is_allowed(url, "studio.example.com") is allowed


def test_without_a_named_host_only_this_machine_is_called():
    assert not is_allowed("https://studio.example.com/")
    assert not is_allowed("http:///callbacks/")
