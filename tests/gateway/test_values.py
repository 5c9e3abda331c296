"""Single values of a reply, sent in every JSON type."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from generation.gateway.reply import parse_reply


def read(value):
    return parse_reply(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (0, 0.0),
        (1, 1.0),
        (35, 0.35),
        (100, 1.0),
        (250, 1.0),
        (-3, 0.0),
        ("0.5", 0.5),
        ("40%", 0.4),
        ("1%", 0.01),
        ("soon", None),
        (True, None),
        (None, None),
        ([1], None),
        (float("nan"), None),
        (float("inf"), None),
        (10**39, 1.0),
        (10**60, None),
    ],
)
def test_progress(sent, expected):
    assert read({"id": "a", "progress": sent}).progress == expected


def test_infinite_as_a_literal():
    assert parse_reply(b'{"id": "a", "progress": 1e999}').progress is None


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("0.2", "0.2"),
        (0.1, "0.1"),
        (3, "3"),
        ("0.0357142857", "0.0357142857"),
        (0, "0"),
        (1e-05, "0.00001"),
        ("", None),
        (None, None),
        ("-1", None),
        (-0.5, None),
        ("NaN", None),
        ("Infinity", None),
        (float("nan"), None),
        ("1e99", None),
        (10_000, "10000"),
        (10_001, None),
        ("1_000", None),
        ("٣", None),
        ("free", None),
        (True, None),
        ({}, None),
    ],
)
def test_cost(sent, expected):
    cost = read({"id": "a", "usage": {"cost": sent}}).cost
    assert cost == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (1780633394, datetime.fromtimestamp(1780633394, UTC)),
        ("1780633394", datetime.fromtimestamp(1780633394, UTC)),
        (1780633394000, datetime.fromtimestamp(1780633394, UTC)),
        ("2026-04-10T08:00:00", datetime(2026, 4, 10, 8, tzinfo=UTC)),
        ("2026-04-10T10:00:00+02:00", datetime(2026, 4, 10, 8, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        (0, None),
        (-1, None),
        (10**39, None),
        ("yesterday", None),
        ([], None),
    ],
)
def test_times(sent, expected):
    assert read({"id": "a", "created_at": sent}).created_at == expected


@pytest.mark.parametrize("identity", ["", 0, None, "a b", "..", "x" * 201, "é", [], {}, True])
def test_no_usable_id(identity):
    assert read({"id": identity, "status": "in_progress"}).remote_id == ""


def test_number_as_id():
    assert read({"id": 916205061116293120, "status": "done"}).remote_id == "916205061116293120"
