"""What words in a prompt do."""

from typing import Any

import pytest

from generation.catalog import MODELS
from generation.catalog.sandbox_faults import FAULTS, faults_in
from tests.support.clock import Clock

from .client import REFERENCE2IMAGE, REFERENCE2VIDEO, Client, params_for, result_url
from .conftest import Start

FAILURES = {
    "viduq2_turbo_img2video": {"code": 8007095, "error_message": "Internal generation error"},
    "viduq1_img2video": {"code": 8008003098, "error_message": "Generation failed"},
    "vidu20_img2video": {"code": 8005098, "error_message": "Generation failed"},
    REFERENCE2VIDEO: {"code": "008017095", "message": "Internal generation error"},
    REFERENCE2IMAGE: {"code": "008023095", "message": "Internal generation error"},
}


def test_every_word_is_found_in_any_case():
    assert faults_in(" ".join(fault.word.upper() for fault in FAULTS)) == {f.word for f in FAULTS}
    assert faults_in("a plain prompt") == faults_in(None) == frozenset()


@pytest.mark.parametrize("model", MODELS)
def test_fail(quick: Client, model: str):
    reply = quick.finished(quick.made(model, prompt="[fail]"))
    assert reply["status"] == "failed"
    assert int(reply["error"]["code"]) in {error.number for error in MODELS[model].errors}
    if model in FAILURES:
        assert reply["error"] == FAILURES[model]
    assert reply["usage"] == {"cost": "0"}
    assert "output" not in reply


@pytest.mark.parametrize(
    ("model", "error"),
    [
        (
            "vidu20_img2video",
            {"code": 110001, "error_message": "input may contain sensitive information"},
        ),
        (
            REFERENCE2IMAGE,
            {"code": "110001", "message": "input may contain sensitive information"},
        ),
    ],
)
def test_moderated(quick: Client, model: str, error: dict[str, Any]):
    reply = quick.finished(quick.made(model, prompt="[moderated]"))
    assert (reply["status"], reply["error"]) == ("failed", error)


def test_slow(start: Start, clock: Clock):
    client = start(seconds=6, jitter=0, clock=clock)
    task = client.made("vidu20_img2video", prompt="[slow]")
    clock.now += 59
    assert client.poll(task).json()["progress"] == pytest.approx(59 / 60, abs=0.01)
    clock.now += 1
    assert client.finished(task)["status"] == "completed"


def test_busy_first(quick: Client):
    params = params_for("vidu20_img2video", prompt="[429]")
    first = quick.send("vidu20_img2video", params)
    assert first.status_code == 429
    assert first.headers["Retry-After"] == "2"
    assert first.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert quick.send("vidu20_img2video", params).status_code == 200
    assert quick.send("vidu20_img2video", params).status_code == 429


def test_expire(quick: Client):
    task = quick.made("vidu20_img2video", prompt="[expire]")
    for _ in range(2):
        reply = quick.finished(task)
        assert reply["status"] == "completed"
        assert quick.http.get(result_url(reply)).status_code == 403
