"""What members made of the made-up results: hearts, words of review, downloads and collections."""

from django.db import connection

from generation.models import (
    Collection,
    CollectionItem,
    Download,
    Favourite,
    Review,
    Task,
    User,
    Verdict,
    Visibility,
)
from generation.models.kept_sql import fill

from .copies import Plan
from .people import LABEL

FAVOURITE, REVIEW, DOWNLOAD = (one._meta.db_table for one in (Favourite, Review, Download))
VERDICT = f"CASE t.revision %% 3 WHEN 0 THEN '{Verdict.REJECTED}' ELSE '{Verdict.APPROVED}' END"
RULES = (
    (FAVOURITE, "member_id, task_id, made_at", "t.owner_id, t.id, t.created_at", "%% 5 = 0"),
    (
        REVIEW,
        "task_id, verdict, by_id, at, made_at",
        f"t.id, {VERDICT}, t.owner_id, t.finished_at, t.created_at",
        "%% 7 = 1",
    ),
    (
        DOWNLOAD,
        "task_id, by_id, at, made_at",
        "t.id, t.owner_id, t.finished_at, t.created_at",
        "%% 6 = 2",
    ),
)
"""Table, columns, their values, and which of the completed tasks are marked, by revision."""

TITLES = ("Fake collection", "Fake collection of one’s own")
ITEMS = 200
"""Results in each collection, where there are as many."""


def plant(plan: Plan, users: list[User]) -> None:
    """By the database itself, while no trigger follows each of them."""
    with connection.cursor() as cursor:
        for table, columns, values, which in RULES:
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {values} "  # noqa: S608
                f"FROM {Task._meta.db_table} t WHERE t.revision BETWEEN %s AND %s "
                f"AND t.state = '{Task.State.COMPLETED}' AND t.revision {which}",
                [plan.first, plan.last],
            )
    for user in users:
        _collect(user, plan.first)
    fill()


def _collect(user: User, first: int) -> None:
    team, own = (
        Collection.objects.get_or_create(owner=user, title=title, defaults={"visibility": who})[0]
        for title, who in zip(TITLES, (Visibility.TEAM, Visibility.PRIVATE), strict=True)
    )
    done = Task.objects.filter(owner=user, key_label=LABEL, state=Task.State.COMPLETED)
    newest = done.filter(revision__gte=first).order_by("-created_at")
    found = list(newest.values_list("pk", flat=True))
    # From the whole time, and few of a short history.
    chosen = found[:: max(10, len(found) // (2 * ITEMS))]
    for collection, pks in ((team, chosen[::2]), (own, chosen[1::2])):
        there = collection.items.count()
        CollectionItem.objects.bulk_create(
            CollectionItem(collection=collection, task_id=pk, position=there + number)
            for number, pk in enumerate(pks[: max(0, ITEMS - there)], 1)
        )
