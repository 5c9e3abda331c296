"""Every status with every documented error body: what it means for the task does not depend on
the body's shape."""

import json

import pytest

from generation.gateway.answers import Answer, read_created, read_fetched
from generation.gateway.failures import (
    Ambiguous,
    Busy,
    NotFound,
    Refused,
    Unauthorized,
    Unavailable,
)
from tests.gateway.test_error_replies import SHAPES

CREATES = {
    **dict.fromkeys((400, 402, 404, 405, 409, 410, 413, 415, 422, 451), Refused),
    **dict.fromkeys((401, 403), Unauthorized),
    429: Busy,
    **dict.fromkeys((408, 499, 500, 502, 503, 504, 520), Ambiguous),
}
POLLS = {
    **dict.fromkeys((401, 403), Unauthorized),
    **dict.fromkeys((404, 410), NotFound),
    **dict.fromkeys((400, 402, 408, 409, 413, 422, 429, 500, 502, 503, 504), Unavailable),
}
BODIES = [json.dumps(body).encode() for body, _ in SHAPES] + [b"", b"<html>", b"{", b"null"]


def raised(read, *arguments):
    with pytest.raises(Exception) as caught:
        read(*arguments)
    return caught.type


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", CREATES)
def test_a_create(status, body):
    assert raised(read_created, Answer(status, {}, body)) is CREATES[status]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", [429, 503])
def test_a_create_that_may_be_sent_again(status, body):
    answer = Answer(status, {"Retry-After": "7"}, body)
    assert raised(read_created, answer) is Busy


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", POLLS)
def test_a_poll(status, body):
    assert raised(read_fetched, Answer(status, {}, body), "remote-1") is POLLS[status]
