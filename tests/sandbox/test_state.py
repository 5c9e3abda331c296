"""What is kept, logged and shared."""

import json
import os
import time
from pathlib import Path

import httpx
import pytest

from generation.sandbox import rendering
from generation.sandbox.renderer import DRAFTS_FROM, MOST_WAITING, PLAIN_FROM, Renderer
from generation.sandbox.rendering import render
from generation.sandbox.server import running_server
from generation.sandbox.tasks import KEPT_SECONDS
from tests.support.clock import Clock

from .client import IMG2VIDEO, KEY, Client, data_uri, params_for, result_url
from .conftest import Start

V20 = "vidu20_img2video"


def test_tasks_and_results_survive_a_restart(tmp_path: Path, clock: Clock):
    with (
        running_server(state=tmp_path, seconds=10, jitter=0, clock=clock) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        client = Client(http)
        done, running = client.made(V20), client.made(V20, prompt="Later")
        port = server.server_port
        clock.now += 10
        before = client.finished(done)
        clock.now -= 5
        assert client.poll(running).json()["progress"] == 0.5
    with (
        running_server(port=port, state=tmp_path, clock=clock) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        client = Client(http)
        assert client.poll(running).json()["progress"] == 0.5
        clock.now += 5
        assert client.finished(done) == before
        assert client.download(before)
        assert client.finished(running)["status"] == "completed"


def test_files_that_are_no_tasks_are_left_out(tmp_path: Path, start: Start):
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "one.json").write_text("{}")
    (tmp_path / "tasks" / "two.json").write_text("[")
    assert start(state=tmp_path).poll("one").status_code == 404


def test_old_tasks_are_forgotten(tmp_path: Path, start: Start, clock: Clock):
    client = start(state=tmp_path, clock=clock, seconds=0)
    old = client.made(V20, prompt="[fail]")
    clock.now += KEPT_SECONDS + 1
    new = client.made(V20, prompt="[fail]")
    assert client.poll(old).status_code == 404
    assert [path.stem for path in (tmp_path / "tasks").iterdir()] == [new]


def test_files_that_no_task_needs_are_removed_at_the_start(tmp_path: Path, start: Start):
    client = start(state=tmp_path, seconds=0)
    reply = client.finished(client.made(V20))
    stray = tmp_path / "results" / "stray.mp4"
    stray.write_bytes(b"")
    for path in (tmp_path / "results").iterdir():
        os.utime(path, (0, 0))
    again = start(state=tmp_path)
    assert not stray.exists()
    assert again.download(again.finished(reply["id"]))


def test_keys_are_not_written_down(tmp_path: Path, start: Start):
    log = tmp_path / "log.jsonl"
    client = start(state=tmp_path, seconds=0, log=log)
    client.finished(client.made(V20))
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert not any(KEY.encode() in data for data in written)
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_requests_are_logged(tmp_path: Path, start: Start):
    log = tmp_path / "logs" / "log.jsonl"
    client = start(seconds=0, log=log)
    task = client.made(V20)
    client.http.get(result_url(client.finished(task)))
    client.http.get("/healthz")
    entries = client.http.get("/_sandbox/requests").json()["requests"]
    assert [json.loads(line) for line in log.read_text().splitlines()] == entries
    first, last = entries[0], entries[-1]
    assert (first["method"], first["path"]) == ("POST", "/model/v1/generation")
    assert (first["status"], first["key"], first["task"]) == (200, KEY[-4:], task)
    assert last["path"].startswith("/results/")
    assert (last["key"], last["task"]) == ("", task)


def test_fast_results_are_shared(start: Start):
    client = start(seconds=0, fast=True)
    tasks = [
        client.made(V20, prompt=text, images=[data_uri(320 + n)]) for n, text in enumerate("ab")
    ]
    files = [client.download(client.finished(task)) for task in tasks]
    assert files[0] == files[1]


def test_200_tasks_that_fall_due_at_once_all_finish(
    start: Start, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    drawn = []

    def counted(*args: object, **options: object) -> None:
        drawn.append(options["draft"])
        render(*args, **options)

    monkeypatch.setattr(rendering, "render", counted)
    client = start(seconds=10, clock=clock)
    params = params_for(IMG2VIDEO[0], duration=5, resolution="720p")
    made = [client.send(IMG2VIDEO[0], {**params, "prompt": str(n)}).json() for n in range(200)]
    clock.now += 20
    begun = time.process_time()
    assert {client.finished(task["id"])["status"] for task in made} == {"completed"}
    # One by one they would take about a minute. Other work of the machine is not counted.
    assert time.process_time() - begun < 10
    assert drawn.count(False) < DRAFTS_FROM
    assert len(drawn) <= PLAIN_FROM


def test_too_many_waiting_tasks_are_turned_away(start: Start, monkeypatch: pytest.MonkeyPatch):
    assert MOST_WAITING >= 1_000
    monkeypatch.setattr(Renderer, "full", True)
    reply = start().create(V20)
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "5")


def test_a_result_that_cannot_be_drawn_falls_back(tmp_path: Path, start: Start, clock: Clock):
    client = start(state=tmp_path, seconds=10, clock=clock)
    task = client.made(V20)
    for path in (tmp_path / "inputs").iterdir():
        path.write_bytes(b"broken")
    clock.now += 20
    assert client.download(client.finished(task))
