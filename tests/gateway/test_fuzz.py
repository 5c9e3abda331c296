"""Whatever arrives, the parsers raise nothing but their own error."""

import json
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from generation.gateway.error_replies import embedded_status, parse_error, retry_after
from generation.gateway.reply import BadReply, parse_reply
from generation.gateway.results import TaskReply

NAMES = [
    "id",
    "task_id",
    "status",
    "state",
    "task_status",
    "output",
    "outputs",
    "content",
    "results",
    "creations",
    "type",
    "url",
    "video_url",
    "image_url",
    "jobId",
    "duration",
    "error",
    "errors",
    "code",
    "error_code",
    "err_code",
    "message",
    "error_message",
    "msg",
    "detail",
    "usage",
    "cost",
    "discount",
    "metadata",
    "remote_task_id",
    "completed_at",
    "created_at",
    "model",
    "progress",
    "data",
    "text",
]
WORDS = [
    "in_progress",
    "completed",
    "failed",
    "success",
    "done",
    "processing",
    "video",
    "image",
    "video_url",
    "https://h/a.mp4",
    "http://[",
    "data:image/png;base64,AAAA",
    "0.2",
    "NaN",
    "1e999",
    "50%",
    "2026-01-01T00:00:00Z",
    "0",
    "d758n65e878c",
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**30, max_value=10**45)
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(st.characters(exclude_categories=()), max_size=30)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=30,
)
replies = st.dictionaries(st.sampled_from(NAMES), values, max_size=12)


def check(body):
    try:
        reply = parse_reply(body, "sk-canary-1")
    except BadReply:
        return
    assert isinstance(reply, TaskReply)
    assert reply.progress is None or 0 <= reply.progress <= 1
    assert reply.cost is None or 0 <= reply.cost <= 10_000
    assert reply.created_at is None or isinstance(reply.created_at, datetime)
    assert all(file.url.lower().startswith(("http://", "https://")) for file in reply.outputs)
    text = repr(reply)
    assert text.encode()
    assert "\x00" not in text


@settings(max_examples=200, deadline=None)
@given(replies)
def test_plausible_replies(value):
    check(json.dumps(value).encode())


@settings(max_examples=150, deadline=None)
@given(values)
def test_any_json(value):
    check(json.dumps(value).encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(body):
    check(body)


@settings(max_examples=100, deadline=None)
@given(replies, st.data())
def test_replies_cut_short(value, data):
    body = json.dumps(value).encode()
    check(body[: data.draw(st.integers(0, len(body)))])


@settings(max_examples=200, deadline=None)
@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["Content-Type", "Retry-After"]), st.text(max_size=40)),
    st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()),
)
def test_errors(status, headers, body):
    code, message = parse_error(status, headers, body)
    assert message
    assert len(message) <= 500
    assert len(code) <= 80
    assert (code + message).encode()
    assert embedded_status(body) in (None, *range(400, 600))
    seconds = retry_after(headers)
    assert seconds is None or 0 <= seconds <= 3600
