"""A browser that only takes the time."""

import http.client
import time
from dataclasses import dataclass
from uuid import uuid4

from tests.processes.stack import Stack

MODEL = "viduq2_turbo_img2video"
CSRF = "b" * 32

QUIET = 1.0
"""Seconds after which a connection is made anew: the server closes those that are quiet for two."""


@dataclass
class Visitor:
    """One logged-in browser on one kept connection."""

    stack: Stack
    session: str

    def __post_init__(self) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", int(self.stack.env["PORT"]))
        self._asked = 0.0
        self.got = 0
        """Bytes of the last answer, as they came."""

    def ask(self, path: str, expected: int, body: bytes | None = None, **headers: str) -> float:
        """Milliseconds until the whole answer was there."""
        cookies = {"Cookie": f"sessionid={self.session}; csrftoken={CSRF}"}
        if time.monotonic() - self._asked > QUIET:
            self._http.close()
            self._http.connect()
        began = time.perf_counter()
        self._http.request("POST" if body else "GET", path, body, cookies | headers)
        answer = self._http.getresponse()
        content = answer.read()
        took = time.perf_counter() - began
        self._asked, self.got = time.monotonic(), len(content)
        assert answer.status == expected, (answer.status, content[:500])
        return took * 1000

    def begin(self, path: str) -> float:
        """Milliseconds until the answer began; what is left of it is not read."""
        self._http.close()
        self._http.connect()
        began = time.perf_counter()
        self._http.request("GET", path, headers={"Cookie": f"sessionid={self.session}"})
        answer = self._http.getresponse()
        first = answer.read(1)
        took = time.perf_counter() - began
        self._http.close()
        assert (answer.status, len(first)) == (200, 1), answer.status
        return took * 1000

    def submit(self, image: bytes) -> float:
        boundary = uuid4().hex
        fields = {"model": MODEL, "prompt": f"A boat {boundary}", "duration": "5"}
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        file = 'name="images"; filename="boat.jpg"\r\nContent-Type: image/jpeg'
        head = "".join(parts) + f"--{boundary}\r\nContent-Disposition: form-data; {file}\r\n\r\n"
        return self.ask(
            "/tasks/",
            200,
            head.encode() + image + f"\r\n--{boundary}--\r\n".encode(),
            **{
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "X-CSRFToken": CSRF,
                "HX-Request": "true",
            },
        )
