"""Money of tasks that were really submitted."""

import pytest

from generation.catalog import MODELS
from generation.lifecycle.enqueue import Submission, enqueue
from generation.lifecycle.transitions import Happened, change
from generation.models import EventKind

MODEL = "viduq2_turbo_img2video"


@pytest.fixture
def submitted(alice, team_key):
    """Submits tasks of alice's; one by default, returned itself."""

    def make(*, owner=alice, model=MODEL, params=None, **fields):
        submission = Submission(
            owner=owner,
            spec=MODELS[model],
            params=params or {"prompt": "A calm sea", "duration": 5},
            key=fields.pop("key", team_key),
            visibility="team",
            **fields,
        )
        tasks = enqueue(submission)
        return tasks if submission.variations > 1 else tasks[0]

    return make


@pytest.fixture
def end():
    """Ends a queued task as the gateway would: in that state, with that cost if it tells one."""

    def run(task, state="failed", kind=EventKind.FAILED, who=None, **fields):
        detail = fields.pop("detail", {})
        fields.setdefault("sent_at", task.created_at)
        if "cost" in fields:
            fields |= {"remote_id": f"remote-{task.pk}", "accepted_at": task.created_at}
        happened = Happened(kind, "It ended.", detail, who)
        assert change(task.pk, task.state, to=state, happened=happened, **fields)
        task.refresh_from_db()
        return task

    return run
