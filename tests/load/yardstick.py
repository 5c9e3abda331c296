"""`python -m tests.load.yardstick URL TASKS SECONDS`: the plain way to poll tasks.

A bare httpx loop: every task is asked about every five seconds, no matter what; no database, no
files. Half of the tasks get ready, evenly, within the time. Prints its figures as JSON.
"""

import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import local

import httpx

EVERY = 5.0
THREADS = 32

_mine = local()


def client(url: str) -> httpx.Client:
    if not hasattr(_mine, "client"):
        _mine.client = httpx.Client(base_url=url, headers={"Authorization": "Bearer yardstick"})
    return _mine.client


def create(url: str, seconds: float) -> str:
    prompt = {"params": {"prompt": f"seconds={seconds:.2f}"}}
    body = {"model": "yardstick", "input": [prompt]}
    return client(url).post("", json=body).json()["id"]


def done(url: str, task: str) -> bool:
    return client(url).get(f"/task/{task}").json()["status"] == "completed"


def poll(url: str, tasks: list[str], seconds: float) -> int:
    """Asks round by round; how many polls it took."""
    polls, end = 0, time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as pool:
        while time.monotonic() < end:
            began = time.monotonic()
            ended = list(pool.map(lambda task: done(url, task), tasks))
            polls += len(tasks)
            tasks = [task for task, over in zip(tasks, ended, strict=True) if not over]
            time.sleep(max(0.0, began + EVERY - time.monotonic()))
    return polls


def main(url: str, count: int, seconds: float) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        times = [seconds * 2 * number / count for number in range(count)]
        tasks = list(pool.map(lambda after: create(url, after), times))
    before = time.process_time()
    polls = poll(url, tasks, seconds)
    print(
        json.dumps(
            {
                "polls": polls,
                "cores": (time.process_time() - before) / seconds,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
                "tasks": tasks,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
