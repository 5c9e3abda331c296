import json
from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generation.gateway.body import MAX_BODY, Verbatim, body_size, build_body, encode
from generation.media.fitting import data_uri

MIMES = st.sampled_from(["image/jpeg", "image/png", "image/webp"])
IMAGES = st.builds(lambda data, mime: Verbatim(data_uri(data, mime)), st.binary(), MIMES)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    LEAVES | st.text() | IMAGES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


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


@given(st.dictionaries(st.text(), VALUES))
@example({"images": [Verbatim("data:a"), "data:a", Verbatim("data:a")], "prompt": Verbatim("")})
@example({"subjects": ({"id": "fox", "images": (Verbatim("data:b"),)},)})
def test_what_goes_verbatim_is_byte_for_byte_what_json_makes_of_it(body):
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    assert encode(body) == plain.encode("utf-8", "replace")


def test_images_are_not_gone_through(monkeypatch):
    seen = []
    dumps = json.dumps
    monkeypatch.setattr(json, "dumps", lambda body, **how: seen.append(body) or dumps(body, **how))
    image = Verbatim(f"data:image/png;base64,{b64encode(bytes(3000)).decode()}")
    assert json.loads(encode(build_body("m", {"images": [image]})))["input"] == [
        {"params": {"images": [image]}}
    ]
    assert len(dumps(seen)) < 200
