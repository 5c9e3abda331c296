"""A gateway that costs next to nothing, so that the figures of a load test are ours.

`python -m tests.support.gateways.fast PORT CLIP`: speaks HTTP/1.1 on 127.0.0.1, takes creates, answers
polls, serves CLIP as every result. How long a task takes is in its prompt, as `seconds=12.5`.
`GET /stats` tells what it has seen.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = re.compile(rb"seconds=([0-9.]+)")
BASE = "/v1/generation"


@dataclass
class Seen:
    """What happened so far; `ready` and `noticed` are Unix seconds by task."""

    ready: dict[str, float] = field(default_factory=dict)
    noticed: dict[str, float] = field(default_factory=dict)
    polls: Counter = field(default_factory=Counter)
    creates: int = 0
    downloads: int = 0

    def stats(self) -> dict:
        now = time.time()
        return {
            "creates": self.creates,
            "downloads": self.downloads,
            "polls": sum(self.polls.values()),
            "polls_by_second": dict(self.polls),
            "waiting": sum(ready > now for ready in self.ready.values()),
            "first_ready": min(self.ready.values(), default=None),
            "late": {task: at - self.ready[task] for task, at in self.noticed.items()},
        }


class Connection(asyncio.Protocol):
    """One kept connection; requests are small, so a body comes whole or in a few parts."""

    def __init__(self, seen: Seen, clip: bytes, site: str) -> None:
        self.seen, self.clip, self.site = seen, clip, site
        self.data = b""

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, _, rest = self.data.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head, re.I)
            size = int(length[1]) if length else 0
            if len(rest) < size:
                return
            self.data = rest[size:]
            method, path, _ = head.split(b"\r\n", 1)[0].split(b" ")
            self.answer(method, path.decode(), rest[:size])

    def answer(self, method: bytes, path: str, body: bytes) -> None:
        if method == b"POST":
            self.json(self.create(body))
        elif path.startswith(f"{BASE}/task/"):
            self.json(self.poll(path.rsplit("/", 1)[1]))
        elif path == "/stats":
            self.json(self.seen.stats())
        else:
            self.seen.downloads += 1
            self.send(b"video/mp4", self.clip)

    def create(self, body: bytes) -> dict:
        self.seen.creates += 1
        task = str(10**12 + self.seen.creates)
        wanted = SECONDS.search(body)
        self.seen.ready[task] = time.time() + float(wanted[1] if wanted else 10)
        return {"id": task, "status": "queued"}

    def poll(self, task: str) -> dict:
        now = time.time()
        self.seen.polls[int(now)] += 1
        ready = self.seen.ready.get(task)
        if ready is None or now < ready:
            return {"id": task, "status": "processing"}
        self.seen.noticed.setdefault(task, now)
        file = {"type": "video", "url": f"{self.site}/{task}.mp4"}
        return {
            "id": task,
            "status": "completed",
            "output": [{"content": [file]}],
            "usage": {"cost": "0.01"},
            "metadata": {"completed_at": ready},
        }

    def json(self, value: dict) -> None:
        self.send(b"application/json", json.dumps(value).encode())

    def send(self, kind: bytes, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        self.transport.write(head % (kind, len(body)) + body)


async def serve(port: int, clip: bytes) -> None:
    seen, site = Seen(), f"http://127.0.0.1:{port}"
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(seen, clip, site), "127.0.0.1", port, backlog=512
    )
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
