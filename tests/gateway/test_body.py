import json

import pytest

from generation.gateway.body import MAX_BODY, body_size, build_body, encode


def test_shape():
    assert build_body("m", {"prompt": "p", "seed": 0, "audio": False}) == {
        "model": "m",
        "input": [{"params": {"prompt": "p", "seed": 0, "audio": False}}],
    }


def test_compact_utf8():
    assert encode({"prompt": "größer 猫"}) == '{"prompt":"größer 猫"}'.encode()


def test_lone_surrogate_is_replaced():
    assert json.loads(encode({"prompt": "a\ud800"})) == {"prompt": "a?"}


def test_no_nan():
    with pytest.raises(ValueError):
        encode({"seed": float("nan")})


def test_size():
    assert body_size("m", {"prompt": "猫"}) == len(
        '{"model":"m","input":[{"params":{"prompt":"猫"}}]}'.encode()
    )
    assert MAX_BODY == 20_000_000
