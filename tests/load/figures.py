"""`make bench`, second half: two thousand tasks in flight, and the plain way beside it."""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generation.supervisor.reaper import ROOT
from tests.load.harness import (
    Gateway,
    Pages,
    Stack,
    Watch,
    busiest,
    feeding,
    loaded_stack,
    remember,
    spread,
    times,
    visitor,
)
from tests.support.eventually import eventually

TASKS = 2000
RATE = 40.0
"""Tasks submitted a second, until all are in flight."""

FINISHED = 20.0
"""Tasks that get ready a second, once the first does."""

FIRST_READY = 95.0
SETTLE, IDLE, YARDSTICK = 5.0, 10.0, 40.0


def durations() -> list[float]:
    """Seconds each task takes, so that they get ready evenly, in about the order of their making."""
    scatter = random.Random(3)
    return [
        FIRST_READY + number / FINISHED - number / RATE + scatter.uniform(-8, 8)
        for number in range(TASKS)
    ]


def run(*, cold: bool = False) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="viduweb-load-") as name,
        loaded_stack(Path(name)) as (stack, gateway),
    ):
        if not cold:
            seconds = durations()
            remember(stack, 50, min(seconds), max(seconds))
        ours = measure(stack, gateway)
        theirs = yardstick(gateway)
    tell(ours, theirs)


def measure(stack: Stack, gateway: Gateway) -> dict:
    with feeding(stack, durations(), RATE):
        assert eventually(lambda: gateway.stats()["creates"] == TASKS, 200, every=0.5)
    member = visitor(stack)
    before = gateway.stats()
    left = before["first_ready"] - time.time() - 1
    print(f"{before['waiting']} of {TASKS} in flight, the first gets ready in {left:.0f} s")
    with Watch(stack) as waiting:
        time.sleep(max(SETTLE, left))
    after = gateway.stats()
    with Watch(stack) as finishing, Pages(member) as busy:
        done = eventually(lambda: all_over(stack), TASKS / FINISHED + 120, every=2.0)
    assert done, stack.rows("SELECT state, COUNT(*) FROM generation_task GROUP BY 1")
    with Pages(member) as idle:
        time.sleep(IDLE)
    figures = report(stack, gateway, waiting, finishing, after["polls"] - before["polls"])
    return figures | {"pages": {path: (busy.times[path], idle.times[path]) for path in idle.times}}


def all_over(stack: Stack) -> bool:
    query = "SELECT COUNT(*) FROM generation_task WHERE finished_at IS NULL"
    return stack.rows(query) == [(0,)]


def report(
    stack: Stack, gateway: Gateway, waiting: Watch, finishing: Watch, polls_waiting: int
) -> dict:
    stats = gateway.stats()
    asked = stats["late"]
    rows = [row for row in times(stack) if row[0] in asked]
    assert {state for _, state, _, _ in rows} == {"completed"}
    assert len(rows) == stats["creates"] == TASKS, (len(rows), stats["creates"])
    late = {remote: asked[remote] for remote, *_ in rows}
    # What lies between the gateway's answer and the two times of ours.
    noticed = [late[remote] for remote, *_ in rows]
    saved = [ended - at + late[remote] for remote, _, at, ended in rows]
    return {
        "waiting cores": waiting.cores,
        "waiting polls/s": polls_waiting / waiting.seconds,
        "finishing cores": finishing.cores,
        "polls": stats["polls"],
        "peak": busiest(stats["polls_by_second"]),
        "PSS MB": max(waiting.pss + finishing.pss),
        "workers MB": max(waiting.workers + finishing.workers),
        "RSS MB": max(waiting.rss + finishing.rss),
        "noticed": spread(noticed),
        "archived": spread(saved),
        "finished/s": TASKS / (TASKS / FINISHED),
    }


def yardstick(gateway: Gateway) -> dict:
    before = gateway.stats()
    arguments = (gateway.url, str(TASKS), str(YARDSTICK))
    done = subprocess.run(
        (sys.executable, "-m", "tests.load.yardstick", *arguments),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    figures = json.loads(done.stdout)
    stats = gateway.stats()
    mine = set(figures["tasks"])
    began = min(
        int(second) for second in stats["polls_by_second"].keys() - before["polls_by_second"]
    )
    return {
        **figures,
        "peak": busiest(stats["polls_by_second"], since=began),
        "noticed": spread(
            [late for task, late in stats["late"].items() if task not in before["late"]]
        ),
        "in flight": len(mine),
    }


def tell(ours: dict, theirs: dict) -> None:
    plain = theirs["polls"] / YARDSTICK
    print(
        f"\n{TASKS} tasks in flight, {FINISHED:.0f} a second get ready{'':14}ours   plain loop   ratio"
    )
    for name, mine, other, unit in (
        ("cores while all wait", ours["waiting cores"], theirs["cores"], ""),
        ("polls a second while all wait", ours["waiting polls/s"], plain, ""),
        ("busiest second", ours["peak"], theirs["peak"], "polls"),
        ("noticed after ready, p50", ours["noticed"][0], theirs["noticed"][0], "s"),
        ("noticed after ready, p95", ours["noticed"][1], theirs["noticed"][1], "s"),
    ):
        print(f"{name:44}{mine:9.2f} {other:12.2f} {mine / other:7.2f}  {unit}")
    print("\nOurs alone: database, files, web server and both clusters included")
    for name, value in (
        ("cores while they get ready", f"{ours['finishing cores']:.2f}"),
        ("polls in all, by task", f"{ours['polls'] / TASKS:.1f}"),
        ("memory of both clusters, PSS", f"{ours['workers MB']:.0f} MB"),
        ("memory of everything, PSS (RSS)", f"{ours['PSS MB']:.0f} ({ours['RSS MB']:.0f}) MB"),
        ("archived after ready, p50, p95", "{:.2f} s, {:.2f} s".format(*ours["archived"])),
    ):
        print(f"{name:44}{value}")
    print(f"\nPages of a member{'':27}while ready   idle after   ratio")
    for path, (busy, idle) in ours["pages"].items():
        for share, mine, other in zip(("p50", "p95"), spread(busy), spread(idle), strict=True):
            print(f"{path:36}{share:8}{mine:8.1f} ms {other:8.1f} ms {mine / other:7.2f}")
