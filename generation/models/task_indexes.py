"""Which index answers which question about tasks, and what no two tasks may share.

SQLite takes a partial index only when the query names its condition word by word.
"""

from django.db import models
from django.db.models import DecimalField, F, Func, Q
from django.db.models.functions import Coalesce


def _price(task: str = "") -> Coalesce:
    # The number stands in the words themselves: SQLite takes an index for no bound one.
    unknown = Func(template="-1", output_field=DecimalField())
    return Coalesce(f"{task}settled", f"{task}cost", unknown, output_field=DecimalField())


def price_of(task: str = "") -> Func:
    """What a task cost, as galleries are ordered by it; below 0 while nobody knows.

    On SQLite it is cast once more, as Django does in an index: only the same words lead to that.
    """
    return Func(_price(task), template="%(expressions)s", output_field=DecimalField())


CONSTRAINTS: list[models.BaseConstraint] = [
    models.UniqueConstraint(
        fields=["owner", "submission", "variation"], name="task_once_a_submission"
    ),
    models.UniqueConstraint(
        fields=["remote_id"], condition=~Q(remote_id=""), name="task_remote_id"
    ),
]

INDEXES = [
    # a callback, which knows its task only by the token
    models.Index(fields=["callback_token"], name="task_callback", condition=~Q(callback_token="")),
    # what nobody knows the cost of: the list of what is open
    models.Index(
        fields=["-created_at", "-id"],
        name="task_open",
        condition=Q(cost=None, settled=None, finished_at__isnull=False),
    ),
    # whether the same was asked for a moment ago
    models.Index(
        fields=["owner", "fingerprint", "-created_at"],
        name="task_fingerprint",
        condition=Q(fingerprint__isnull=False),
    ),
    # what the last finished tasks of a model took
    models.Index(
        fields=["model", "-generated_at"],
        name="task_generated",
        condition=Q(generated_at__isnull=False),
    ),
    # galleries: newest first, own and the team's; with what filters ask for, so that looking for
    # something rare reads the index alone
    models.Index(
        fields=["owner", "-created_at", "-id", "model", "key", "visibility"], name="task_own_list"
    ),
    models.Index(
        fields=["visibility", "-created_at", "-id", "model", "key", "owner"], name="task_team_list"
    ),
    # the same by what they cost
    models.Index(
        "owner",
        _price().desc(),
        F("created_at").desc(),
        F("id").desc(),
        "model",
        "key",
        "visibility",
        name="task_own_cost",
    ),
    models.Index(
        "visibility",
        _price().desc(),
        F("created_at").desc(),
        F("id").desc(),
        "model",
        "key",
        "owner",
        name="task_team_cost",
    ),
    # the live page: newest revision a member may see, and what changed since
    models.Index(fields=["owner", "revision"], name="task_own_revision"),
    models.Index(fields=["visibility", "revision"], name="task_team_revision"),
    # Django's admin: newest first, all and by state
    models.Index(fields=["-created_at", "-id"], name="task_newest"),
    # the engine page: which are uncertain; how many ended, and how
    models.Index(fields=["state", "-created_at", "-id"], name="task_state"),
    models.Index(
        fields=["finished_at", "state"],
        name="task_finished",
        condition=Q(finished_at__isnull=False),
    ),
    # the trash: a member's, newest first; and what has been there for long enough
    models.Index(
        fields=["owner", "-trashed_at", "-id"],
        name="task_trash",
        condition=Q(trashed_at__isnull=False, purged_at=None),
    ),
    models.Index(
        fields=["trashed_at"],
        name="task_to_purge",
        condition=Q(trashed_at__isnull=False, purged_at=None),
    ),
    # the workers' questions
    models.Index(
        "next_attempt_at",
        name="task_to_send",
        condition=Q(state="queued", held_since=None),
    ),
    models.Index(
        fields=["key", "owner", "next_attempt_at", "born_revision"],
        name="task_in_line",
        condition=Q(state="queued", held_since=None),
    ),
    models.Index("held_since", name="task_held", condition=Q(held_since__isnull=False)),
    models.Index(
        fields=["key", "owner"],
        name="task_in_flight",
        condition=Q(finished_at=None),
    ),
    models.Index("next_poll_at", name="task_to_poll", condition=Q(state="processing")),
    models.Index("claimed_until", name="task_claimed", condition=Q(state="submitting")),
    # the live page: whether anything a member may see is running
    models.Index(fields=["owner", "state"], name="task_own_running", condition=Q(finished_at=None)),
    models.Index(
        fields=["visibility", "state"],
        name="task_team_running",
        condition=Q(finished_at=None),
    ),
]
