"""`make bench`: what pages cost, alone and with a million tasks behind them, and what work costs.

`python -m tests.bench --pages`, `--history` (tests/load/history.py, ten minutes; less with
`--sizes=1000,100000`) and `--load` (tests/load/figures.py, four minutes) are one of the three;
with `--cold` the load begins without finished tasks to learn from. `--scroll` scrolls the gallery in
a browser (tests/load/scroll.py, five minutes, at two speeds), alone. `--batch` is another one, alone (tests/load/batch.py, two minutes): a batch that nothing is known about, then the same again.

Everything is real: gunicorn, both clusters and the sandbox, started as `make run` starts them, on
the database that TEST_DATABASE_URL names (SQLite without it). Figures in milliseconds depend on
the machine; the ratios to the yardsticks of the same run are what can be compared.
"""

import io
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from PIL import Image

from tests.load import batch, figures, history, scroll
from tests.load.visitor import MODEL, Visitor
from tests.processes.stack import Stack, start_stack

CARDS = 100
THREADS = 4

PREPARE = f"""
import json
from django.test import Client
from generation.models import User, feed_head
from tests.factories import make_output, make_task

ada = User.objects.create_superuser("ada", "ada@example.com", "correct horse battery")
for number in range({CARDS}):
    make_output(make_task(ada, progress=1.0))
client = Client()
client.force_login(ada)
print(json.dumps([client.cookies["sessionid"].value, feed_head(ada).all]))
"""

COUNT = """
import io, json
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from generation.models import User

client = Client(SERVER_NAME="127.0.0.1")
client.force_login(User.objects.get())
image = open({image!r}, "rb")

def count(method, path, *data):
    getattr(client, method)(path, *data)
    for given in data:
        given["images"].seek(0)
    with CaptureQueriesContext(connection) as queries:
        status = getattr(client, method)(path, *data).status_code
    return [len(queries), status]

form = {{"model": {model!r}, "prompt": "A boat", "duration": "5", "images": image, "anyway": "1"}}
print(json.dumps({{
    "studio": count("get", "/"),
    "changes": count("get", "/tasks/changes/?since={cursor}"),
    "submit": count("post", "/tasks/", form),
}}))
"""

ANSWERS = {"studio": 200, "changes": 204, "submit": 303}


def answered(counts: dict[str, tuple[int, int]]) -> dict[str, int]:
    return {name: status for name, (_, status) in counts.items()}


def two_megabytes(seed: int) -> bytes:
    """A JPEG of about 2 MB, another one for every seed."""
    noise = Image.frombytes("RGB", (480, 360), random.Random(seed).randbytes(480 * 360 * 3))
    buffer = io.BytesIO()
    noise.resize((1920, 1440)).save(buffer, "JPEG", quality=96)
    return buffer.getvalue()


def rate(stack: Stack, session: str, path: str, expected: int, count: int = 400) -> float:
    """Requests a second over several connections."""

    def work(_: int) -> None:
        visitor = Visitor(stack, session)
        for _ in range(count // THREADS):
            visitor.ask(path, expected)

    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    return count / (time.perf_counter() - began)


def bare_writes(folder: Path) -> list[float]:
    """Milliseconds of one-row transactions, with the settings of ours and nothing around them."""
    with closing(sqlite3.connect(folder / "yardstick.sqlite3", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT)")

        def write() -> float:
            began = time.perf_counter()
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO line (text) VALUES ('a line of text')")
            database.execute("COMMIT")
            return (time.perf_counter() - began) * 1000

        return repeated(write, 500)


def repeated(act: Callable[[], float], times: int) -> list[float]:
    for _ in range(max(2, times // 20)):
        act()
    return [act() for _ in range(times)]


def spread(times: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def measure(stack: Stack, folder: Path) -> None:
    session, cursor = json.loads(stack.shell(PREPARE))
    image = folder / "boat.jpg"
    image.write_bytes(two_megabytes(0))
    changes = f"/tasks/changes/?since={cursor}"
    visitor = Visitor(stack, session)

    write, _ = spread(bare_writes(folder))
    health, _ = spread(repeated(lambda: visitor.ask("/healthz", 200), 300))
    health_rate = rate(stack, session, "/healthz", 200)
    idle, idle_late = spread(repeated(lambda: visitor.ask(changes, 204), 200))
    idle_rate = rate(stack, session, changes, 204)
    studio, studio_late = spread(repeated(lambda: visitor.ask("/", 200), 40))
    pictures = iter([two_megabytes(seed) for seed in range(1, 25)])
    submit, submit_late = spread(repeated(lambda: visitor.submit(next(pictures)), 20))
    counts = json.loads(
        stack.shell(COUNT.format(image=str(image), model=MODEL, cursor=cursor + 10**6))
    )
    assert answered(counts) == ANSWERS, counts

    print("\nYardsticks of this run")
    line("/healthz", health, None, f"{health_rate:.0f} requests/s")
    line("one bare SQLite write", write, None, f"{1000 / write:.0f} writes/s")
    print(f"\n{'':32}{'p50':>9}{'p95':>10}   as /healthz  as writes  queries")
    for name, key, times in (
        ("/tasks/changes/, nothing new", "changes", (idle, idle_late)),
        (f"studio with {CARDS} cards", "studio", (studio, studio_late)),
        (f"submit, image of {image.stat().st_size / 1e6:.1f} MB", "submit", (submit, submit_late)),
    ):
        ratios = f"{times[0] / health:9.1f} {times[0] / write:10.0f}"
        line(name, *times, f"{ratios} {counts[key][0]:8}")
    share = idle_rate / health_rate
    print(f"\n/tasks/changes/ idle: {idle_rate:.0f} requests/s, {share:.2f} of /healthz")


def line(name: str, p50: float, p95: float | None, rest: str) -> None:
    late = "" if p95 is None else f"{p95:7.1f} ms"
    print(f"{name:32}{p50:6.2f} ms{late:>10}   {rest}")


def sizes() -> tuple[int, ...]:
    given = [word.partition("=")[2] for word in sys.argv if word.startswith("--sizes=")]
    return tuple(int(size) for size in given[0].split(",")) if given else history.SIZES


def main() -> None:
    if "--batch" in sys.argv:
        batch.run(sys.argv[sys.argv.index("--batch") + 1 :])
        return
    if "--scroll" in sys.argv:
        scroll.run()
        return
    parts = {"--pages", "--history", "--load"}
    wanted = parts & set(sys.argv) or parts
    if "--pages" in wanted:
        with tempfile.TemporaryDirectory(prefix="viduweb-bench-") as name:
            folder = Path(name)
            with start_stack(folder, MAX_SUBMITS_PER_MINUTE="0") as stack:
                measure(stack, folder)
    if "--history" in wanted:
        history.run(sizes())
    if "--load" in wanted:
        figures.run(cold="--cold" in sys.argv)


if __name__ == "__main__":
    main()
