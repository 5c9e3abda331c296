"""Submitting tasks to a running stack, and reading what became of them."""

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from tests.faults.cases import CASES
from tests.processes.stack import Stack
from tests.support.eventually import eventually
from tests.support.gateways.hostile import Hostile

# One member and one key a case: their limits, and a key that is refused, are their own affair.
SUBMIT = """
import json
from generation.catalog import MODELS
from generation.lifecycle.enqueue import Submission, enqueue
from generation.models import ApiKey, User
for name, count in json.loads('{order}').items():
    member, _ = User.objects.get_or_create(username=name, defaults={{"password": "!"}})
    key = ApiKey.objects.filter(label=name).first() or ApiKey(label=name)
    if key._state.adding:
        key.keep_secret("key-of-" + name + "-0000")
        key.save()
    for _ in range(count):
        enqueue(Submission(
            owner=member, spec=MODELS["viduq2_turbo_img2video"], key=key, visibility="team",
            params={{"prompt": "[case:" + name + "]", "duration": 5}},
        ))
"""

LOOK = """
import json
from django.core.files.storage import default_storage
from generation.models import Task
def facts(task):
    return {
        "case": task.key_label, "state": task.state, "reason": task.reason,
        "error": task.error_message, "http_status": task.http_status,
        "cost": str(task.cost) if task.cost is not None else None,
        "charged": task.charged, "percent": task.percent, "remote_id": task.remote_id,
        "finished": task.finished_at is not None, "born": task.born_revision,
        "words": [event.kind for event in task.events.all()],
        "texts": [event.text for event in task.events.all()],
        "outputs": [
            {
                "state": output.state, "bytes": output.bytes, "error": output.last_error,
                "hours_left": (output.expires_at - task.generated_at).total_seconds() / 3600,
                "stored": bool(output.file) and default_storage.exists(output.file.name),
            }
            for output in task.outputs.all()
        ],
    }
tasks = Task.objects.order_by("revision").prefetch_related("events", "outputs")
print(json.dumps([facts(task) for task in tasks]))
"""

BROKEN = """
from generation.monitoring.invariants import broken
for violation in broken():
    print(violation)
"""


@dataclass(frozen=True)
class Seen:
    """What the database says of one task."""

    case: str
    state: str
    reason: str
    error: str
    http_status: int | None
    cost: str | None
    charged: bool | None
    percent: int
    remote_id: str
    finished: bool
    born: int
    words: list[str]
    texts: list[str]
    outputs: list[dict]

    @property
    def story(self) -> str:
        return "\n".join([f"{self.case}: {self.state} {self.reason!r} {self.error}", *self.texts])

    @property
    def money(self) -> Decimal | None:
        return Decimal(self.cost) if self.cost is not None else None


def order(**cases: int) -> str:
    """The code that submits so many tasks of each case."""
    return SUBMIT.format(order=json.dumps(cases))


def submit(stack: Stack, **cases: int) -> None:
    stack.shell(order(**cases))


def look(stack: Stack) -> list[Seen]:
    return [Seen(**facts) for facts in json.loads(stack.shell(LOOK))]


def unsettled(stack: Stack) -> list[tuple]:
    """(case, state, reason) of all tasks that are not yet what their case expects."""
    rows = stack.rows("SELECT key_label, state, reason FROM generation_task")
    return [(name, *now) for name, *now in rows if not _is_settled(name, *now)]


def settle(stack: Stack, within: float) -> None:
    fine = eventually(lambda: not unsettled(stack), within, every=0.5)
    assert fine, (unsettled(stack), [task.story for task in look(stack)], stack.output[-3000:])


def broken(stack: Stack) -> str:
    """The promises that the database says were broken, one a line."""
    return stack.shell(BROKEN)


def _is_settled(name: str, state: str, reason: str) -> bool:
    case = CASES[name]
    if case.tasks > 1:
        return state in ("completed", "uncertain")
    return (state, reason) == (case.state, case.reason)


def made_once(hostile: Hostile, tasks: list[Seen]) -> None:
    """Each of the tasks was made once at the gateway, nothing else was, and its file is saved."""
    made = Counter(hostile.made())
    assert made == Counter(task.remote_id for task in tasks), [task.story for task in tasks]
    assert hostile.count("create") == sum(CASES[task.case].asked for task in tasks)
    assert all(task.outputs[0]["stored"] for task in tasks)
