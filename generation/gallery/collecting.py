"""Collections: what is put into one, in which order, and what stands for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery, UUIDField

from generation.models import Collection, CollectionItem, Task, User
from generation.models.task import seen_by

from .bulk import Done
from .selection import Refused, Selection

MOST_ITEMS = 1000
MOST_COLLECTIONS = 500
Step = Literal["earlier", "later"]


def add(collection: Collection, chosen: Selection) -> Done:
    """At the end, in the order of the selection; what is there already stays where it is."""
    with transaction.atomic():
        _lock(collection)
        items = CollectionItem.objects.filter(collection=collection)
        there = set(items.values_list("task", flat=True))
        fresh = [task for task in chosen.tasks if task.pk not in there]
        if len(there) + len(fresh) > MOST_ITEMS:
            raise Refused(f"A collection holds {MOST_ITEMS} results at most. Nothing was added.")
        last = items.aggregate(last=Max("position"))["last"] or 0
        CollectionItem.objects.bulk_create(
            CollectionItem(collection=collection, task=task, position=last + number)
            for number, task in enumerate(fresh, 1)
        )
    count = len(fresh)
    words = f"{count} result{'' if count == 1 else 's'} added to “{collection.title}”."
    return Done(words if count else f"All of them were in “{collection.title}” already.")


def called(owner: User, title: str) -> Collection:
    """The member's own collection of that title, a new private one if there is none."""
    title = " ".join(title.split())
    if not title:
        raise Refused("Give the collection a title.")
    if "\0" in title:  # which SQLite keeps and PostgreSQL refuses
        raise Refused("A title holds no null characters.")
    if len(title) > 80:
        raise Refused("A title has 80 characters at most.")
    if Collection.objects.filter(owner=owner).count() >= MOST_COLLECTIONS:
        found = Collection.objects.filter(owner=owner, title=title).first()
        if found is None:
            raise Refused(f"You have {MOST_COLLECTIONS} collections, which is the most.")
        return found
    return Collection.objects.get_or_create(owner=owner, title=title)[0]


def step(collection: Collection, task: UUID, where: Step, seen: Sequence[UUID]) -> None:
    """Changes places with its neighbour among `seen`, those that the page shows."""
    if task not in seen:
        return
    at = seen.index(task)
    if where == "earlier" and at > 0:
        put_before(collection, task, seen[at - 1])
    elif where == "later" and at < len(seen) - 1:
        put_before(collection, seen[at + 1], task)


def put_before(collection: Collection, task: UUID, other: UUID | None) -> None:
    """At the end without `other`. All positions are written anew, in one statement."""
    with transaction.atomic():
        _lock(collection)
        items = {one.task_id: one for one in CollectionItem.objects.filter(collection=collection)}
        if task not in items or task == other:
            return
        order = [pk for pk in items if pk != task]
        order.insert(order.index(other) if other in order else len(order), task)
        for position, pk in enumerate(order, 1):
            items[pk].position = position
        CollectionItem.objects.bulk_update(items.values(), ["position"], batch_size=300)


def remove(collection: Collection, task: UUID) -> None:
    CollectionItem.objects.filter(collection=collection, task=task).delete()
    Collection.objects.filter(pk=collection.pk, cover=task).update(cover=None)


def set_cover(collection: Collection, task: UUID) -> None:
    held = CollectionItem.objects.filter(collection=collection, task=task)
    if held.exists():
        Collection.objects.filter(pk=collection.pk).update(cover=task)


def _lock(collection: Collection) -> None:
    # A write, so that SQLite waits here as PostgreSQL does.
    Collection.objects.filter(pk=collection.pk).update(title=collection.title)


def shown(user: User, collection: Collection) -> list[Task]:
    """What `user` sees of it, in its order."""
    seen = Task.objects.visible_to(user).filter(collected__collection=collection)
    return list(seen.for_cards().order_by("collected__position", "collected__pk"))


@dataclass(frozen=True, slots=True)
class Summary:
    """A collection among others: how many of it the member sees, and which task stands for it."""

    collection: Collection
    count: int
    cover: Task | None


def summaries(user: User) -> list[Summary]:
    """Four queries, however many there are."""
    visible = Q(items__task__trashed_at=None) & seen_by(user, "items__task__")
    found = list(
        Collection.objects.visible_to(user)
        .select_related("owner")
        .annotate(count=Count("items", filter=visible))[: 2 * MOST_COLLECTIONS]
    )
    firsts = _firsts(user, found)
    wanted = {one.cover_id for one in found if one.cover_id} | set(firsts.values())
    seen = Task.objects.each_visible_to(user).filter(pk__in=wanted).prefetch_related("outputs")
    tasks = {task.pk: task for task in seen}
    of = firsts | {one.pk: one.cover_id for one in found if one.cover_id in tasks}
    return [
        Summary(one, one.count, tasks.get(of[one.pk]) if one.pk in of else None) for one in found
    ]


def _firsts(user: User, collections: Sequence[Collection]) -> dict[UUID, UUID]:
    """For each the first of its tasks that `user` sees."""
    first = (
        CollectionItem.objects.filter(
            seen_by(user, "task__"),
            collection=OuterRef("pk"),
            task__trashed_at=None,
        )
        .order_by("position", "pk")
        .values("task")[:1]
    )
    rows = Collection.objects.filter(pk__in=[one.pk for one in collections])
    found = rows.annotate(first=Subquery(first, output_field=UUIDField())).values_list(
        "pk", "first"
    )
    return {pk: task for pk, task in found if task}
