"""Everything of ours in processes, against the load gateway; and what it costs."""

import json
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from generation.supervisor.reaper import ROOT
from tests.load.visitor import Visitor
from tests.load.worker_cpu import WorkerCPU
from tests.media.conftest import make_video
from tests.processes.stack import Stack, start_stack, title
from tests.support.ports import free_port

MODEL = "viduq2_turbo_img2video"

SETUP = """
from generation.models import ApiKey, User
for name in ("leo", "mia"):
    User.objects.create_superuser(name, f"{name}@example.com", "correct horse battery")
key = ApiKey(label="Team")
key.keep_secret("load-test-key-0000")
key.save()
"""

HISTORY = """
from datetime import timedelta
from django.utils import timezone
from generation.models import User
from tests.factories import make_task

for number in range({count}):
    ended = timezone.now() - timedelta(hours=20, seconds=number)
    seconds = {low} + ({high} - {low}) * number / {count}
    make_task(User.objects.first(), model="{model}", params={{"prompt": "x", "duration": 5}},
              accepted_at=ended - timedelta(seconds=seconds), generated_at=ended, finished_at=ended)
"""

IMAGE = """
import io, random
from PIL import Image as Picture
from generation.catalog import MODELS
from generation.library.uploads import keep_image
from generation.models import User

side = int(({size} / 2.2) ** 0.5)
noise = Picture.frombytes("RGB", (side, side), random.Random(0).randbytes(side * side * 3))
file = io.BytesIO()
noise.save(file, "JPEG", quality=90)
file.seek(0)
limits = MODELS["{model}"].parameter("images").images
file.name = "boat.jpg"
print(keep_image(file, User.objects.first(), limits).pk)
"""

FEED = """
import time
from generation.catalog import MODELS
from generation.lifecycle.enqueue import Input, Submission, enqueue
from generation.models import ApiKey, Image, User

users, key, spec = list(User.objects.all()), ApiKey.objects.get(), MODELS["{model}"]
images = [Input(image) for image in Image.objects.filter(pk__in=["{image}"] if "{image}" else [])]
began = time.monotonic()
for number, seconds in enumerate({seconds}):
    time.sleep(max(0.0, began + number / {rate} - time.monotonic()))
    enqueue(Submission(
        owner=users[number % 2], spec=spec, key=key, visibility="team", images=images,
        params={{"prompt": f"A boat seconds={{seconds}}", "duration": 5}},
    ))
"""

TIMES = """
import json
from generation.models import Task

tasks = Task.objects.exclude(remote_id="").prefetch_related("outputs")
print(json.dumps([
    [task.remote_id, task.state, task.generated_at and task.generated_at.timestamp(),
     task.finished_at and task.finished_at.timestamp()]
    for task in tasks
]))
"""


@dataclass
class Gateway:
    url: str
    site: str

    def stats(self) -> dict:
        with urllib.request.urlopen(f"{self.site}/stats") as answer:
            return json.load(answer)


@contextmanager
def load_gateway(folder: Path) -> Iterator[Gateway]:
    clip = make_video(folder / "clip.mp4", frames=48, size=(640, 360))
    port = free_port()
    process = subprocess.Popen(
        (sys.executable, "-m", "tests.support.gateways.fast", str(port), str(clip)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        site = f"http://127.0.0.1:{port}"
        yield Gateway(f"{site}/v1/generation", site)
    finally:
        process.terminate()
        process.communicate(timeout=10)


@contextmanager
def loaded_stack(folder: Path, **env: str) -> Iterator[tuple[Stack, Gateway]]:
    with (
        load_gateway(folder) as gateway,
        start_stack(folder, GATEWAY_URL=gateway.url, MAX_SUBMITS_PER_MINUTE="0", **env) as stack,
    ):
        stack.shell(SETUP)
        yield stack, gateway


def remember(stack: Stack, count: int, low: float, high: float) -> None:
    """Gives the database finished tasks to learn from: they took from `low` to `high` seconds."""
    stack.shell(HISTORY.format(count=count, low=low, high=high, model=MODEL))


def keep_image(stack: Stack, size: int) -> str:
    """The id of an upload of about `size` bytes."""
    return stack.shell(IMAGE.format(model=MODEL, size=size)).strip()


@contextmanager
def feeding(stack: Stack, seconds: list[float], rate: float, *, image: str = "") -> Iterator[None]:
    """Meanwhile submits a task for each of `seconds`, `rate` of them a second, all of one image."""
    code = FEED.format(
        model=MODEL, seconds=[round(value, 2) for value in seconds], rate=rate, image=image
    )
    process = subprocess.Popen(
        (sys.executable, "manage.py", "shell", "--no-imports", "-c", code), cwd=ROOT, env=stack.env
    )
    try:
        yield
        assert process.wait(600) == 0
    finally:
        process.kill()
        process.wait()


class Watch:
    """CPU and memory (MB; `workers` is PSS of both clusters) of the stack while a block runs.

    Afterwards `worker_cpu` is what both clusters have used, in seconds, by duty.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.pss: list[float] = []
        self.rss: list[float] = []
        self.workers: list[float] = []
        self._spent: dict[int, float] = {}
        self._over = threading.Event()

    def __enter__(self) -> "Watch":
        self._began = time.monotonic()
        self._first = self._look()
        self._workers = WorkerCPU(self.stack)
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()
        self.seconds = time.monotonic() - self._began
        used = sum(spent - self._first.get(pid, 0.0) for pid, spent in self._spent.items())
        self.cores = used / self.seconds
        self._workers.look()
        self.worker_cpu = self._workers.by_duty

    def _sample(self) -> None:
        while not self._over.wait(2.0):
            self._look()
            self._workers.look()

    def _look(self) -> dict[int, float]:
        """Seconds of CPU so far by process; those of ended ones are kept."""
        pss = rss = workers = 0
        for process in self.stack.processes():
            with suppress(psutil.Error):
                times, memory = process.cpu_times(), process.memory_full_info()
                self._spent[process.pid] = times.user + times.system
                pss, rss = pss + memory.pss, rss + memory.rss
                workers += memory.pss if "qcluster" in title(process) else 0
        self.pss.append(pss / 1e6)
        self.rss.append(rss / 1e6)
        self.workers.append(workers / 1e6)
        return dict(self._spent)


PAGES = (("/", 200), ("/tasks/changes/?since={head}", 204))
PAUSE = 0.25

LOGIN = """
import json
from django.test import Client
from generation.models import User

User.objects.create_user("zoe", "zoe@example.com", "correct horse battery")
client = Client()
client.force_login(User.objects.get(username="zoe"))
print(json.dumps(client.cookies["sessionid"].value))
"""


class Pages:
    """How long the pages of a member take (milliseconds, by path) while a block runs."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self.times: dict[str, list[float]] = {}
        self._over = threading.Event()

    def __enter__(self) -> "Pages":
        self._thread = threading.Thread(target=self._visit)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _visit(self) -> None:
        while not self._over.wait(PAUSE):
            for path, status in PAGES:
                took = self._visitor.ask(path.format(head=10**9), status)
                self.times.setdefault(path.partition("?")[0], []).append(took)


def visitor(stack: Stack) -> Visitor:
    """A member, logged in, who only looks."""
    return Visitor(stack, json.loads(stack.shell(LOGIN)))


def spread(values: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(values), statistics.quantiles(values, n=20)[-1]


def times(stack: Stack) -> list[list]:
    """Remote id, state, noticed and ended (Unix seconds) of every task that was accepted."""
    return json.loads(stack.shell(TIMES))


def busiest(polls_by_second: dict[str, int], since: float = 0.0) -> int:
    return max(polls for second, polls in polls_by_second.items() if int(second) >= since)
