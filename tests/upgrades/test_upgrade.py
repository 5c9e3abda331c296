"""A database of every release becomes one of now, and the workers finish what it holds."""

import json
import urllib.request
from contextlib import contextmanager

import pytest

from tests.processes import prepared
from tests.processes.machine import Machine
from tests.processes.stack import start_stack
from tests.processes.surroundings import environment, own_database, start_sandbox
from tests.support.eventually import eventually
from tests.upgrades.dumps import ENV, RELEASES, gateway_state, load
from tests.upgrades.shape import shape

pytestmark = pytest.mark.processes

STATES = "SELECT state, COUNT(*) FROM generation_task GROUP BY state ORDER BY state"
BEFORE = [
    ("archiving", 1),
    ("canceled", 2),
    ("completed", 2),
    ("failed", 1),
    ("lost", 1),
    ("processing", 1),
    ("queued", 5),
    ("submitting", 2),
    ("uncertain", 1),
]
# The one that was on its way may have arrived: only people send that again.
AFTER = [("canceled", 2), ("completed", 10), ("failed", 1), ("lost", 1), ("uncertain", 2)]


@pytest.mark.parametrize("release", RELEASES)
def test_the_workers_finish_what_a_release_has_left(release, tmp_path):
    state = gateway_state(release, tmp_path / "gateway")
    with start_sandbox("--fast", "--seconds", "1", "--state", str(state)) as gateway_url:

        def fill(stack_dir, database_url):
            load(release, stack_dir, database_url, gateway_url)

        with start_stack(tmp_path, before=fill, GATEWAY_URL=gateway_url, **ENV) as stack:
            done = eventually(lambda: stack.rows(STATES) == AFTER, 90)
            assert done, (stack.rows(STATES), stack.output)
            assert creates(gateway_url) == 6  # five queued, one that never left
            stack.manage("check")
            stack.manage("makemigrations", "--check", "--dry-run")
            doctor = stack.manage("doctor", "--all", "--files")
            assert "All tasks are as promised, with their files" in doctor
            stack.shell(UNLOCKED)
            stack.shell(CHARGED)
            stack.shell(VERSIONED)
            with begun_today(tmp_path / "new") as new:
                assert shape(stack) == shape(new)


@contextmanager
def begun_today(folder):
    """A database that began with what replaces the older migrations."""
    folder.mkdir()
    with own_database(empty=False) as database_url:
        if not database_url:
            prepared.sqlite(folder)
        yield Machine(folder, environment(folder, database_url))


VERSIONED = """
from generation.lifecycle.subject_uses import recount
from generation.models import Subject, SubjectUse
rex = Subject.objects.get()
(first,) = rex.versions.all()
assert (first.number, first.title, first.images.count()) == (1, "Rex", 1)
figures = ("tasks", "completed", "failed", "spent")
counted = sorted(SubjectUse.objects.values_list(*figures))
recount()
assert counted and sorted(SubjectUse.objects.values_list(*figures)) == counted, counted
"""

UNLOCKED = """
from django.contrib.auth import authenticate
from generation.models import ApiKey
assert {key.reveal() for key in ApiKey.objects.all()} == {"sandbox-upgrade-tests"}
assert authenticate(username="ben", password="correct horse battery")
"""


@pytest.mark.parametrize("release", RELEASES)
def test_a_dump_has_a_task_in_every_state(release, tmp_path):
    with own_database() as database_url:
        load(release, tmp_path, database_url, "http://127.0.0.1:9")
        env = environment(tmp_path, database_url) | ENV
        assert Machine(tmp_path, env).rows(STATES) == BEFORE


def creates(gateway_url):
    site = gateway_url.removesuffix("/model/v1/generation")
    with urllib.request.urlopen(f"{site}/_sandbox/requests") as answer:
        requests = json.load(answer)["requests"]
    return sum(request["method"] == "POST" for request in requests)


# What a release did not say of a failure without a cost: that it is not known whether it was charged.
CHARGED = """
from generation.models import Task
found = {(task.state, task.charged) for task in Task.objects.all()}
assert found == {
    ("canceled", False), ("completed", True), ("failed", None), ("lost", True), ("uncertain", None)
}, found
"""
