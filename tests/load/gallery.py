"""`make bench`, of part `--history`: the gallery's page of sixty tiles, at every size.

Measured beside the bare view of the same minute, as everything there. What a page weighs is said as a browser gets it.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil

from tests.load.harness import spread
from tests.load.visitor import Visitor
from tests.processes.stack import Stack

CLIENTS = 8
SECONDS = 8.0
TIMES = 80
GZIP = {"Accept-Encoding": "gzip"}

PLACES = """
import json
from django.db.models import Q
from generation.gallery.places import cursor_of
from generation.models import Task, User

ada = User.objects.get(username="fake-1")
seen = Task.objects.kept().filter(Q(owner=ada) | Q(visibility="team")).order_by("-created_at", "-id")
last = max(0, min(999 * 60, seen.count() - 60) - 1)
print(json.dumps([last // 60 + 2, cursor_of(*seen.values_list("created_at", "id")[last])]))
"""


def tell(stack: Stack, session: str, bare: str) -> None:
    ours, plain = Visitor(stack, session), Visitor(stack, bare)
    number, cursor = json.loads(stack.shell(PLACES))
    pages = {"page 1": "/tasks/", f"page {number:,}": f"/tasks/?before={cursor}"}
    print(
        f"\nSixty tiles of the gallery{'':10}{'p50':>9}{'p95':>10}   as the bare view      on the wire"
    )
    for name, path in pages.items():
        # In turn, so that whatever else the machine does burdens both.
        pairs = [(ours.ask(path, 200, **GZIP), plain.ask("/bare/", 200)) for _ in range(TIMES)]
        mine, base = (spread(list(times)[10:]) for times in zip(*pairs, strict=True))
        ours.ask(path, 200, **GZIP)
        figures = f"{mine[0]:6.2f} ms{mine[1]:7.2f} ms {mine[0] / base[0]:9.2f}"
        print(f"  {name:34}{figures} {ours.got / 1000:16.1f} kB")
    print(f"With {CLIENTS} clients at once, a second{'':20}CPU of the server")
    for name, path, who in (("page 1", "/tasks/", session), ("bare view", "/bare/", bare)):
        rate, milliseconds = together(stack, who, path)
        print(f"  {name:34}{rate:6.1f}{milliseconds:24.1f} ms each")


def together(stack: Stack, session: str, path: str) -> tuple[float, float]:
    """Answers a second, and milliseconds of CPU that the web server took for each."""
    before, began = cpu(stack), time.monotonic()

    def work(_: int) -> int:
        visitor, answers = Visitor(stack, session), 0
        while time.monotonic() < began + SECONDS:
            visitor.ask(path, 200, **GZIP)
            answers += 1
        return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = sum(pool.map(work, range(CLIENTS)))
    took = time.monotonic() - began
    return answers / took, (cpu(stack) - before) * 1000 / answers


def cpu(stack: Stack) -> float:
    """Seconds that the web server has had so far."""
    found = 0.0
    for process in stack.processes():
        with suppress(psutil.Error):
            if "gunicorn" in " ".join(process.cmdline()):
                times = process.cpu_times()
                found += times.user + times.system
    return found
