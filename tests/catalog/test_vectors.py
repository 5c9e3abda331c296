"""The vectors under tests/vectors fit the catalogue."""

import json
from pathlib import Path
from typing import Any

import pytest

from generation.catalog import MODELS, check, get_model

VECTORS = Path(__file__).parent.parent / "vectors"


def params(model_id: str) -> dict[str, Any]:
    vector = json.loads((VECTORS / f"{model_id}.json").read_text(encoding="utf-8"))
    body = vector["body"]
    assert body["model"] == model_id
    assert list(body) == ["model", "input"]
    return body["input"][0]["params"]


def test_there_is_one_vector_a_model() -> None:
    assert {path.stem for path in VECTORS.glob("*.json")} == set(MODELS)


@pytest.mark.parametrize("model_id", MODELS)
def test_the_body_passes_the_checks(model_id: str) -> None:
    assert check(get_model(model_id), params(model_id)) == []


@pytest.mark.parametrize("model_id", MODELS)
def test_the_body_has_every_parameter_but_off_peak(model_id: str) -> None:
    assert set(params(model_id)) == set(get_model(model_id).names) - {"off_peak"}
