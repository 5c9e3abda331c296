"""What the tests of the sandbox share: images, valid parameters, a client over real HTTP."""

import base64
import io
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

KEY = "sandbox-team-1234"
OTHER_KEY = "sandbox-other-5678"

IMG2VIDEO = ("viduq2_turbo_img2video", "viduq1_img2video", "vidu20_img2video")
REFERENCE2VIDEO = "viduq2_pro_fast_reference2video"
REFERENCE2IMAGE = "viduq2_reference2image"
VECTORS = Path(__file__).parents[1] / "vectors"


def data_uri(width: int = 320, height: int = 240, format: str = "PNG") -> str:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(buffer, format)
    text = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/{format.lower()};base64,{text}"


def params_for(model: str, **changes: Any) -> dict[str, Any]:
    """Good parameters; the cheapest that the model has."""
    params: dict[str, dict[str, Any]] = {
        "viduq2_turbo_img2video": {
            "images": [data_uri()],
            "prompt": "A boat",
            "duration": 1,
            "resolution": "540p",
        },
        "viduq1_img2video": {"images": [data_uri()]},
        "vidu20_img2video": {"images": [data_uri()]},
        REFERENCE2VIDEO: {
            "subjects": [
                {"id": "fox", "images": [data_uri(), data_uri(200, 400)]},
                {"id": "hat", "images": [data_uri(300, 300, "WEBP")]},
            ],
            "prompt": "@fox wears @hat",
            "duration": 2,
        },
        REFERENCE2IMAGE: {"prompt": "A poster", "images": [data_uri(format="JPEG")]},
    }
    return {**(params.get(model) or params_of_vector(model)), **changes}


def params_of_vector(model: str) -> dict[str, Any]:
    """What its vector says is sent, with pictures."""
    body = (VECTORS / f"{model}.json").read_text()
    params = json.loads(re.sub(r'"<image \d+>"', f'"{data_uri()}"', body))["body"]["input"][0][
        "params"
    ]
    return {name: value for name, value in params.items() if name != "callback_url"}


@dataclass
class Client:
    """One key's view of a sandbox at `url`."""

    http: httpx.Client
    key: str = KEY

    def post(self, body: Any, **headers: str) -> httpx.Response:
        return self.http.post("/model/v1/generation", json=body, headers=self._headers(**headers))

    def create(self, model: str, **changes: Any) -> httpx.Response:
        return self.send(model, params_for(model, **changes))

    def send(self, model: str, params: Any) -> httpx.Response:
        return self.post({"model": model, "input": [{"params": params}]})

    def made(self, model: str, **changes: Any) -> str:
        """The id of a new task."""
        reply = self.create(model, **changes)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["id"])

    def poll(self, task: str) -> httpx.Response:
        return self.http.get(f"/model/v1/generation/task/{task}", headers=self._headers())

    def finished(self, task: str) -> dict[str, Any]:
        """The reply once the task is no longer in progress."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            reply: dict[str, Any] = self.poll(task).json()
            if reply["status"] != "in_progress":
                return reply
            time.sleep(0.01)
        raise AssertionError(f"{task} is still in progress")

    def download(self, reply: dict[str, Any]) -> bytes:
        answer = self.http.get(result_url(reply))
        assert answer.status_code == 200
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        return answer.content

    def _headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", **more}


def result_url(reply: dict[str, Any]) -> str:
    output = reply["output"]
    item = output[0] if isinstance(output, list) else output
    return str((item.get("content") or item["results"])[0]["url"])
