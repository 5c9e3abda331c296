"""`python -m tests.bench --batch`: a first batch that nothing is known about, then the same again.

Two batches of tasks that all take as long, each pressed in one go, on a fresh database.
`--count`, `--seconds` and `--image BYTES` change what is in them. Meanwhile a loop does the least
that a task needs (tests/load/plain_task.py): how many times that the workers have used is what can
be compared between machines.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generation.supervisor.reaper import ROOT
from tests.load.harness import (
    Gateway,
    Stack,
    Watch,
    busiest,
    feeding,
    keep_image,
    load_gateway,
    loaded_stack,
    spread,
    times,
)
from tests.load.worker_cpu import DUTIES
from tests.processes.surroundings import own_database
from tests.support.eventually import eventually

NAMES = ("first batch", "learned")
PATIENCE = 180.0


def run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench --batch")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--scatter", type=float, default=1.0, help="seconds around --seconds")
    parser.add_argument("--rate", type=float, default=40.0, help="tasks submitted a second")
    parser.add_argument("--image", type=int, default=0, help="bytes of an image that all share")
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="viduweb-batch-") as name,
        loaded_stack(Path(name)) as (stack, gateway),
    ):
        image = keep_image(stack, given.image) if given.image else ""
        found = []
        for batch in NAMES:
            with plain_tasks(Path(name) / batch) as plain:
                found.append(measure(stack, gateway, given, image))
            found[-1] |= compared(found[-1], plain, given.count)
    tell(given, found)


@contextmanager
def plain_tasks(folder: Path) -> Iterator[dict[str, float]]:
    """What the parts of a plain task have cost meanwhile: seconds of CPU, there afterwards."""
    folder.mkdir()
    means: dict[str, float] = {}
    with load_gateway(folder) as gateway, own_database() as server:
        database = server or str(folder / "plain.sqlite3")
        process = subprocess.Popen(
            (sys.executable, "-m", "tests.load.plain_task", gateway.url, database),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield means
            means |= json.loads(process.communicate(timeout=30)[0])
        finally:
            process.kill()
            process.wait()


def compared(figures: dict, plain: dict[str, float], count: int) -> dict:
    """Seconds that plain tasks would have needed with as many polls, and how many times that it was."""
    once = sum(cost for part, cost in plain.items() if part != "poll")
    needed = count * (once + figures["polls a task"] * plain["poll"])
    return {"CPU of plain tasks": needed, "ratio": figures["CPU of the workers"] / needed}


def measure(stack: Stack, gateway: Gateway, given: argparse.Namespace, image: str) -> dict:
    before = gateway.stats()
    count, step = given.count, 2 * given.scatter / given.count
    # Scattered evenly, and not in the order of their making.
    seconds = [
        given.seconds - given.scatter + step * (number * 7919 % count) for number in range(count)
    ]
    began = time.time()
    with Watch(stack) as watch:
        with feeding(stack, seconds, given.rate, image=image):
            pass
        over = eventually(lambda: all_over(stack), PATIENCE + given.seconds, every=0.5)
    assert over, stack.rows("SELECT state, COUNT(*) FROM generation_task GROUP BY 1")
    after = gateway.stats()
    late = {task: late for task, late in after["late"].items() if task not in before["late"]}
    rows = [row for row in times(stack) if row[0] in late]
    assert len(rows) == count == after["creates"] - before["creates"]
    assert {state for _, state, _, _ in rows} == {"completed"}
    saved = [ended - noticed + late[remote] for remote, _, noticed, ended in rows]
    return {
        "polls a task": (after["polls"] - before["polls"]) / count,
        "busiest second": busiest(after["polls_by_second"], since=began),
        "CPU of the workers": sum(watch.worker_cpu.values()),
        **{f"- {duty}": seconds for duty, seconds in watch.worker_cpu.items()},
        "noticed": spread(list(late.values())),
        "archived": spread(saved),
    }


def all_over(stack: Stack) -> bool:
    query = "SELECT COUNT(*) FROM generation_task WHERE finished_at IS NULL"
    return stack.rows(query) == [(0,)]


def tell(given: argparse.Namespace, found: list[dict]) -> None:
    what = f"{given.count} tasks of {given.seconds:g} s"
    print(f"\n{what:44}" + "".join(f"{name:>14}" for name in NAMES))
    for name, unit in (
        ("polls a task", ""),
        ("busiest second", "polls"),
        ("CPU of the workers", "s"),
        *((f"- {duty}", "s") for duty in DUTIES.values()),
        ("CPU of plain tasks", "s"),
        ("ratio", "times"),
        ("noticed", "s"),
        ("archived", "s"),
    ):
        values = [figures[name] for figures in found]
        if not isinstance(values[0], tuple):
            line(name, values, unit)
            continue
        for index, share in enumerate(("p50", "p95")):
            line(f"{name} after ready, {share}", [value[index] for value in values], unit)


def line(name: str, values: list[float], unit: str) -> None:
    print(f"{name:44}" + "".join(f"{value:14.2f}" for value in values) + f"  {unit}")


if __name__ == "__main__":
    run(sys.argv[1:])
