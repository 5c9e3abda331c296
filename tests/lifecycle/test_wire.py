"""From the member's post to the bytes at the gateway."""

import json
from urllib.parse import urlencode

import pytest

from generation.lifecycle import dispatch
from generation.models import Task
from tests.factories import make_subject

STILLS, REFERENCE = "viduq2_reference2image", "viduq2_pro_fast_reference2video"
FORM = "application/x-www-form-urlencoded"
LONGEST = 1_048_576


@pytest.fixture
def posted(client_for, alice, team_key, gateway):
    """Posts a form in either encoding; the params that the gateway was sent."""

    def post(encoding, **data):
        data = {"model": STILLS, "prompt": "A calm sea", **data}
        client = client_for(alice)
        if encoding == "multipart":
            response = client.post("/tasks/", data)
        else:
            response = client.post("/tasks/", urlencode(data, doseq=True), content_type=FORM)
        assert response.status_code == 303, response.content[:2000]
        dispatch.dispatch_due()
        (request,) = gateway.requests
        return json.loads(request.body)["input"][0]["params"]

    return post


@pytest.mark.parametrize("encoding", ["multipart", "urlencoded"])
@pytest.mark.parametrize(
    "payload", ["  a\r\nb\n\tc\r \r\n", " ", "\n", "𝄞\u2028é\u00a0\ufeff", "\ufffd"]
)
def test_the_payload_is_sent_as_it_was_given(posted, encoding, payload):
    assert posted(encoding, payload=payload)["payload"] == payload


@pytest.mark.parametrize("encoding", ["multipart", "urlencoded"])
def test_the_longest_payload_passes(posted, encoding):
    payload = "𝄞" * LONGEST
    assert posted(encoding, payload=payload)["payload"] == payload


def test_one_character_more_is_refused(client_for, alice, team_key):
    data = {"model": STILLS, "prompt": "A calm sea", "payload": "𝄞" * (LONGEST + 1)}
    response = client_for(alice).post("/tasks/", data)
    assert response.status_code == 422
    assert "Shorten it by 1." in response.content.decode()
    assert not Task.objects.exists()


def test_a_typed_ratio_and_any_metadata_are_sent(posted, alice):
    make_subject(alice, "rex")
    params = posted(
        "multipart",
        model=REFERENCE,
        subjects="rex",
        aspect_ratio_custom="2.39:1",
        meta_data='[{"Label": "1"}]',
        seed="+7",
    )
    assert params["aspect_ratio"] == "239:100"
    assert params["meta_data"] == '[{"Label": "1"}]'
    assert params["seed"] == 7
