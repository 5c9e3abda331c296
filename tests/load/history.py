"""`make bench`, part `--history`: what pages cost with up to 1,000,000 tasks behind them.

The yardstick is a bare Django view behind the same middleware: session, login, one query that an
index answers. Both are asked in turn, so whatever else the machine does burdens both. One database
grows from size to size.
"""

import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from generation.supervisor.reaper import ROOT
from tests.load import finding, gallery, reports
from tests.load.harness import spread
from tests.load.visitor import Visitor
from tests.processes.stack import Stack, start_stack, title

SIZES = (100, 1_000, 100_000, 1_000_000)
USERS = 50
CLIENTS = 8
TIMES = 300
PAGING = 10.0
"""Seconds for which eight clients page through sixty cards at a time."""

TOKEN = "bench-of-the-pages-and-metrics"

LOGIN = """
import json
from django.test import Client
from generation.models import SubjectUsage, Task, User, feed_head

def session(user, backend):
    client = Client()
    client.force_login(user, backend=backend)
    return client.cookies["sessionid"].value

User.objects.filter(username="fake-1").update(is_active=True, is_staff=True, is_superuser=True)
ada = User.objects.get(username="fake-1")
task = Task.objects.filter(visibility="team", state="completed").first()
print(json.dumps({
    "ours": session(ada, "generation.auth.NameOrEmailBackend"),
    "bare": session(ada, "django.contrib.auth.backends.ModelBackend"),
    "head": feed_head(ada).all,
    "task": task.get_absolute_url(),
    "given": [task.model, SubjectUsage.objects.values_list("handle", flat=True)[0]],
    "picture": f"/media/outputs/{task.outputs.get().pk}/poster/",
}))
"""


def run(sizes: tuple[int, ...] = SIZES) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="viduweb-history-") as name,
        start_stack(
            Path(name),
            DJANGO_SETTINGS_MODULE="tests.load.settings",
            METRICS_TOKEN=TOKEN,
            CONFIRM_MINUTES="0",
        ) as stack,
    ):
        there, ratios = 0, {}
        for size in sizes:
            took = grow(stack, size - there)
            there = size
            ratios[size] = tell(stack, size, took)
        tell_ratios(stack, ratios)
        tell_memory(stack)


def grow(stack: Stack, tasks: int) -> float:
    """Adds made-up tasks; the seconds it took."""
    began = time.monotonic()
    command = ("fake_history", "--tasks", str(tasks), "--users", str(USERS))
    subprocess.run(
        (sys.executable, "manage.py", *command),
        cwd=ROOT,
        env=stack.env,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=3600,
    )
    took = time.monotonic() - began
    if url := stack.env.get("DATABASE_URL"):
        # Else PostgreSQL does it by itself, while pages are measured.
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    return took


def tell(stack: Stack, size: int, took: float) -> float:
    """Prints what pages cost; what one without news costs, as the bare view of the same minute."""
    known = json.loads(stack.shell(LOGIN))
    ours, bare = Visitor(stack, known["ours"]), Visitor(stack, known["bare"])
    idle = f"/tasks/changes/?since={known['head']}"
    pairs = [(ours.ask(idle, 204), bare.ask("/bare/", 200)) for _ in range(TIMES)][20:]
    mine, plain = spread([m for m, _ in pairs]), spread([b for _, b in pairs])
    print(f"\n{size:,} tasks on {database(stack)} (the last of them made up in {took:.0f} s)")
    print(f"{'':36}{'p50':>9}{'p95':>10}   as the bare view")
    line("bare view: login, one query", plain, plain)
    line("/tasks/changes/, nothing new", mine, plain)
    line(f"the same, {CLIENTS} pages at once", together(stack, known["ours"], idle), plain)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    for name, path, headers in (
        ("/tasks/changes/, 30 news", f"/tasks/changes/?since={known['head'] - 30}", {}),
        ("studio, 60 cards", "/", {}),
        ("gallery, 60 cards", "/tasks/", {}),
        ("task", known["task"], {}),
        ("poster", known["picture"], {}),
        *finding.PAGES,
        ("engine", "/engine/", {}),
        ("metrics", "/metrics", bearer),
    ):
        times = [ours.ask(path, 200, **headers) for _ in range(25)][5:]
        line(name, spread(times), plain)
    reports.tell(ours, bare, known["given"])
    gallery.tell(stack, known["ours"], known["bare"])
    finding.tell(stack, database(stack))
    return mine[0] / plain[0]


def database(stack: Stack) -> str:
    return "PostgreSQL" if stack.env.get("DATABASE_URL") else "SQLite"


def tell_ratios(stack: Stack, ratios: dict[int, float]) -> None:
    print(f"\n/tasks/changes/ with nothing new, as the bare view, on {database(stack)}")
    for size, ratio in ratios.items():
        print(f"  {size:>9,} tasks {ratio:6.2f}")


def together(stack: Stack, session: str, path: str) -> tuple[float, float]:
    def work(_: int) -> list[float]:
        visitor = Visitor(stack, session)
        return [visitor.ask(path, 204) for _ in range(TIMES // CLIENTS)]

    with ThreadPoolExecutor(CLIENTS) as pool:
        return spread([took for times in pool.map(work, range(CLIENTS)) for took in times])


def tell_memory(stack: Stack) -> None:
    """What the whole stack holds before, and after eight clients have paged."""
    session = json.loads(stack.shell(LOGIN))["ours"]
    before = held(stack)
    pages = page_through(stack, session, PAGING)
    after = held(stack)
    print(f"\nMemory of everything, PSS, MiB{'':13}idle   after {pages} pages of 60 cards")
    for name in sorted(before.keys() | after.keys()):
        print(f"  {name:40}{before.get(name, 0):6.0f} {after.get(name, 0):6.0f}")
    print(f"  {'all':40}{sum(before.values()):6.0f} {sum(after.values()):6.0f}")


def page_through(stack: Stack, session: str, seconds: float) -> int:
    """Pages of sixty cards shown to eight clients at once, for a while."""
    end = time.monotonic() + seconds

    def work(_: int) -> int:
        visitor, pages = Visitor(stack, session), 0
        while time.monotonic() < end:
            visitor.ask(("/", "/tasks/")[pages % 2], 200)
            pages += 1
        return pages

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(work, range(CLIENTS)))


def held(stack: Stack) -> dict[str, float]:
    """MiB (PSS) by program."""
    found: dict[str, float] = {}
    for process in stack.processes():
        words = title(process)
        name = next(
            (w for w in ("gunicorn", "qcluster", "sandbox", "supervise") if w in words), words[:40]
        )
        found[name] = found.get(name, 0.0) + process.memory_full_info().pss / 2**20
    return found


def line(name: str, times: tuple[float, float], plain: tuple[float, float]) -> None:
    print(f"{name:36}{times[0]:6.2f} ms{times[1]:7.2f} ms {times[0] / plain[0]:9.2f}")
