"""Two machines share the work; one of them hangs, or is killed. Redis forgets everything."""

import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from itertools import pairwise
from secrets import token_urlsafe

import psutil
import pytest
import redis
from cryptography.fernet import Fernet
from django.conf import settings

from generation.lifecycle.dispatch import REQUESTS_AT_ONCE_PER_KEY
from generation.supervisor.reaper import ROOT
from tests.faults.behaviours import SLOW_POLL
from tests.faults.cases import CASES
from tests.faults.conftest import SETTINGS, own_servers
from tests.faults.watching import broken, look, order, submit
from tests.processes.stack import start_stack, title
from tests.processes.surroundings import own_database
from tests.support.eventually import eventually

pytestmark = pytest.mark.faults

TOGETHER, WATCHED = 30, 12
# What the supervisor promises (README), and what its machine may be late by.
NOTICED_WITHIN = 60 + 5
SECOND = "second"

ON_THEIR_WAY = settings.Q_CLUSTER["workers"] * REQUESTS_AT_ONCE_PER_KEY
"""How many requests with one key a machine has under way at most."""

# A minute passes, after which a claim counts as its holder's death, and three for what was only
# being made ready; then `reconcile` runs.
CLAIMS_RUN_OUT = """
import time
from datetime import timedelta
from django.db.models import F
from generation import jobs
from generation.models import Output, Task
time.sleep(6)  # those who live renew their claims every five seconds
minute = timedelta(minutes=1)
claimed = Task.objects.filter(state="submitting")
claimed.filter(sent_at=None).update(claimed_until=F("claimed_until") - 3 * minute)
claimed.exclude(sent_at=None).update(claimed_until=F("claimed_until") - minute)
Output.objects.filter(state="pending").update(next_attempt_at=F("next_attempt_at") - minute)
jobs.reconcile()
"""

# The wakeups of these tasks are lost on the way.
DEAF = """
from generation.workers import wakeups
wakeups._enqueue = lambda *args, **options: None
"""
# As if the minute until `reconcile` were over; the scheduler looks every thirty seconds.
A_MINUTE_LATER = """
from django.utils import timezone
from django_q.models import Schedule
Schedule.objects.update(next_run=timezone.now())
"""


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    with own_servers(tmp_path_factory.mktemp("redis")) as services:
        yield services


def start_first(folder, hostile, env):
    return start_stack(
        folder,
        GATEWAY_URL=hostile.url,
        DJANGO_SETTINGS_MODULE=SETTINGS,
        SECRET_KEY=token_urlsafe(64),
        ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        **env,
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory, hostile, services):
    with start_first(tmp_path_factory.mktemp("first"), hostile, services.env) as stack:
        yield stack


@pytest.fixture(params=["redis", "database"])
def queue(request, hostile, services, tmp_path):
    """The first machine, with its queue there."""
    if request.param == "redis":
        yield request.getfixturevalue("first")
    else:
        folder = tmp_path / "first"
        folder.mkdir()
        with own_database(services.postgres.url) as url:
            env = {"DATABASE_URL": url, "REDIS_URL": ""}
            with start_first(folder, hostile, env) as stack:
                yield stack


@contextmanager
def second_machine(first, folder):
    """Workers on the same database, queue and storage, with nothing else in common; its supervisor."""
    (first.data_dir / "media").mkdir(exist_ok=True)
    (folder / "media").symlink_to(first.data_dir / "media")
    with (folder / "second.log").open("wb") as log:
        process = subprocess.Popen(
            (sys.executable, "manage.py", "supervise", "--no-web"),
            cwd=ROOT,
            env={**first.env, "DATA_DIR": str(folder), "HOST_NAME": SECOND},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        main = psutil.Process(process.pid)
        assert eventually(lambda: "workers are running" in (folder / "second.log").read_text(), 60)
        assert eventually(lambda: len(main.children(recursive=True)) >= 12, 60)
        yield main
    finally:
        kill(main)
        process.wait()


def kill(main):
    """The whole machine at once, as a power cut does."""
    with suppress(psutil.NoSuchProcess):
        everything = [main, *main.children(recursive=True)]
        for process in everything:
            process.kill()


def poll_cluster(supervisor):
    """The main process of the cluster that polls: the one with fewer workers."""
    clusters = [child for child in supervisor.children() if "qcluster" in title(child)]
    return min(clusters, key=lambda main: len(main.children(recursive=True)))


def idle_workers(cluster):
    workers = cluster.children(recursive=True)
    return [worker for worker in workers if title(worker).strip().endswith(" idle")]


def seen(stack, host):
    """Until when the poll cluster of that machine counts as alive."""
    name = f"cluster:poll@{host}"
    return stack.rows(f"SELECT expires_at FROM generation_lease WHERE name = '{name}'")


def test_a_machine_that_hangs_is_noticed_though_another_lives(queue, tmp_path):
    """Killing its idle worker dead-locks a cluster for ever, while it looks alive."""
    log = tmp_path / "second.log"
    with second_machine(queue, tmp_path) as second:
        assert eventually(lambda: seen(queue, SECOND), 60)
        mine, others = psutil.Process(queue.process.pid), poll_cluster(second)
        undisturbed = poll_cluster(mine)
        assert eventually(lambda: idle_workers(others), 30)
        (worker,) = idle_workers(others)
        worker.kill()
        last = seen(queue, SECOND)
        began = time.monotonic()
        replaced = "is replaced: no sign of life"
        assert eventually(lambda: replaced in log.read_text(), NOTICED_WITHIN), log.read_text()
        print(f"replaced after {time.monotonic() - began:.0f} s")
        # Nothing came from it in between, and the new one is heard.
        assert eventually(lambda: seen(queue, SECOND) > last, 40), log.read_text()
        assert poll_cluster(second) != others
        assert eventually(lambda: idle_workers(poll_cluster(second)), 10)
        assert poll_cluster(mine) == undisturbed
        assert replaced not in queue.output
        assert log.read_text().count(replaced) == 1


def test_two_machines_share_the_work_and_one_is_killed(first, hostile, tmp_path):
    with second_machine(first, tmp_path) as second:
        submit(first, calm=TOGETHER)
        taken = "SELECT COUNT(*) FROM generation_task WHERE accepted_at IS NOT NULL"
        assert eventually(lambda: first.rows(taken)[0][0] > TOGETHER // 4, 90)
        kill(second)
        # What it was sending in that moment may have arrived: a person decides about those.
        first.shell(CLAIMS_RUN_OUT)
        over = "SELECT COUNT(*) FROM generation_task WHERE state IN ('completed', 'uncertain')"
        states = "SELECT state, COUNT(*) FROM generation_task GROUP BY state"
        ended = eventually(lambda: first.rows(over)[0][0] == TOGETHER, 90)
        assert ended, (first.rows(states), first.output[-3000:])
    tasks = look(first)
    uncertain = [task for task in tasks if task.state == "uncertain"]
    assert len(uncertain) <= ON_THEIR_WAY, [task.story for task in uncertain]
    assert hostile.count("create", "calm") == len(hostile.made("calm")) <= TOGETHER
    told = Counter(task.remote_id for task in tasks if task.remote_id)
    assert told <= Counter(hostile.made())
    assert broken(first) == ""


def test_a_queue_that_was_emptied_loses_no_task(first, hostile):
    before = len(hostile.made())
    submitted = first.rows("SELECT COUNT(*) FROM generation_task")[0][0]
    first.shell(DEAF + order(fine=5))
    with closing(redis.Redis.from_url(first.env["REDIS_URL"])) as connection:
        connection.flushdb()
    first.shell(A_MINUTE_LATER)
    over = "SELECT COUNT(*) FROM generation_task WHERE key_label = 'fine' AND state = 'completed'"
    states = "SELECT state, reason, COUNT(*) FROM generation_task GROUP BY state, reason"
    # The scheduler may have looked in that very moment: then a minute and a half go by.
    ended = eventually(lambda: first.rows(over) == [(5,)], 180)
    assert ended, (first.rows(states), first.output[-3000:])
    assert len(hostile.made()) - before == 5
    assert first.rows("SELECT COUNT(*) FROM generation_task")[0][0] == submitted + 5


def polling(*supervisors):
    """The worker that looks at the tasks in this moment, on whichever machine."""
    workers = [worker for main in supervisors for worker in main.children(recursive=True)]
    return next((worker for worker in workers if "generation.jobs.poll" in title(worker)), None)


def test_two_clusters_never_ask_about_one_task_twice(first, hostile, tmp_path):
    """Nor when the one that asks is killed, and any of the two may take over."""
    mine = psutil.Process(first.process.pid)
    with second_machine(first, tmp_path) as second:
        assert eventually(lambda: seen(first, SECOND), 60)
        submit(first, watched=WATCHED)
        watched = "SELECT COUNT(*) FROM generation_task WHERE key_label = 'watched' AND state = "
        in_flight, over = watched + "'processing'", watched + "'completed'"
        assert eventually(lambda: first.rows(in_flight) == [(WATCHED,)], 90), first.output[-3000:]
        assert eventually(lambda: polling(mine, second), 30)
        polling(mine, second).kill()
        assert eventually(lambda: first.rows(over) == [(WATCHED,)], 90), first.output[-3000:]
    polls = Counter()
    for remote_id in hostile.made("watched"):
        asked = sorted(entry.began for entry in hostile.entries("poll", remote_id=remote_id))
        polls[remote_id] = len(asked)
        # The answer takes its time: the next question comes when it is over, not in between.
        assert all(later - sooner > SLOW_POLL for sooner, later in pairwise(asked)), asked
    assert len(polls) == WATCHED
    assert min(polls.values()) >= len(CASES["watched"].polls)
