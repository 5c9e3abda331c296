"""`python -m tests.load.plain_task URL DATABASE`: what a task costs at the very least.

One thread, one connection each: a create, polls, the download of the result to a file, its first
frame as a JPEG, and transactions of one UPDATE and one INSERT. No queue, no claims, no Django.
DATABASE is a file for SQLite, or the address of a PostgreSQL. Goes on at a steady pace until its
input ends, so that it meets the same machine as what it is compared with; prints seconds of CPU.
"""

import json
import select
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import httpx
import psycopg

PAUSE = 0.5
"""Seconds between two tasks."""

WARM_UP = 3
"""Tasks that are not counted."""

TRANSACTIONS = 5
"""Of a task: claimed, sent, accepted, generated, completed."""

POLLS = 4
"""Polls of a task here. One poll is told apart, as the number is what is compared."""

SIDE = 640


@contextmanager
def database(address: str) -> Iterator[Callable[[], None]]:
    """Gives a function that writes one transaction."""
    update = "UPDATE plain_task SET state = 'done', number = number + 1 WHERE id = 1"
    insert = "INSERT INTO plain_event (text) VALUES ('a line of text')"
    tables = (
        "CREATE TABLE plain_task (id INTEGER PRIMARY KEY, state TEXT, number INTEGER)",
        "CREATE TABLE plain_event (id {serial} PRIMARY KEY, text TEXT)",
        "INSERT INTO plain_task VALUES (1, 'new', 0)",
    )
    if "://" in address:
        with psycopg.connect(address, autocommit=True) as server:
            for line in tables:
                server.execute(line.format(serial="SERIAL"))  # type: ignore[arg-type]

            def write() -> None:
                with server.transaction():
                    server.execute(update)
                    server.execute(insert)

            yield write
        return
    file = sqlite3.connect(address, isolation_level=None)
    for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", *tables):
        file.execute(line.format(serial="INTEGER"))

    def write() -> None:
        for line in ("BEGIN IMMEDIATE", update, insert, "COMMIT"):
            file.execute(line)

    yield write
    file.close()


class PlainTask:
    def __init__(self, url: str, folder: Path, write: Callable[[], None]) -> None:
        self.http = httpx.Client(base_url=url, headers={"Authorization": "Bearer yardstick"})
        self.part, self.write = folder / "result.mp4", write
        self.spent: dict[str, list[float]] = {}

    def run(self) -> None:
        task = self.measured("create", self.create)
        self.measured("polls", lambda: [self.poll(task) for _ in range(POLLS)])
        address = self.poll(task)["output"][0]["content"][0]["url"]
        self.measured("download", lambda: self.download(address))
        self.measured("poster", self.poster)
        self.measured("writes", lambda: [self.write() for _ in range(TRANSACTIONS)])

    def measured(self, name: str, act: Callable[[], Any]) -> Any:
        before = time.process_time()
        result = act()
        self.spent.setdefault(name, []).append(time.process_time() - before)
        return result

    def create(self) -> str:
        body = {"model": "plain", "input": [{"params": {"prompt": "seconds=0"}}]}
        return self.http.post("", json=body).json()["id"]

    def poll(self, task: str) -> dict:
        return self.http.get(f"/task/{task}").json()

    def download(self, address: str) -> None:
        with self.http.stream("GET", address) as answer, self.part.open("wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)

    def poster(self) -> None:
        with av.open(str(self.part)) as container:
            picture = next(container.decode(video=0)).to_image()
        picture.thumbnail((SIDE, SIDE))
        picture.save(self.part.with_suffix(".jpg"), "JPEG", quality=80)


def main(url: str, address: str) -> None:
    with tempfile.TemporaryDirectory(prefix="viduweb-plain-") as name, database(address) as write:
        plain = PlainTask(url, Path(name), write)
        while not select.select([sys.stdin], [], [], PAUSE)[0]:
            plain.run()
    means = {part: statistics.fmean(times[WARM_UP:]) for part, times in plain.spent.items()}
    means["poll"] = means.pop("polls") / POLLS
    print(json.dumps(means))


if __name__ == "__main__":
    main(*sys.argv[1:])
