"""What members say of a result is found by searches too: tags and notes for the team by all who see it.

A note for oneself stands in no row that others are searched by: see gallery/matching.py.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from .remarks import Note, Tag
from .task import Task
from .task_input import TaskSubject
from .visibility import Visibility
from .words import TaskWords, named_in, text_of

AT_ONCE = 200


@contextmanager
def renewed(pks: Collection[UUID]) -> Iterator[None]:
    """Around what changes them: in one transaction, and one after the other for each task."""
    with transaction.atomic():
        held = TaskWords.objects.select_for_update(no_key=True).filter(task__in=pks)
        # In one order, so that of two that want some of the same none waits for the other for ever.
        list(held.order_by("pk").values_list("pk", flat=True))
        yield
        renew(pks)


def renew(
    pks: Collection[UUID],
    tasks: Any = Task,
    subjects: Any = TaskSubject,
    words: Any = TaskWords,
    tags: Any = Tag,
    notes: Any = Note,
) -> None:
    """Models as migrations have them."""
    said: dict[UUID, list[str]] = {}
    on_them = tags.objects.filter(task__in=pks).order_by("name")
    for pk, name in on_them.values_list("task", "name"):
        said.setdefault(pk, []).append(name)
    for_all = notes.objects.filter(task__in=pks, visibility=Visibility.TEAM)
    for pk, text in for_all.order_by("pk").values_list("task", "text"):
        said.setdefault(pk, []).append(text)
    named = named_in(subjects, pks)
    prompts = dict(tasks.objects.filter(pk__in=pks).values_list("pk", "params__prompt"))
    rows = list(words.objects.filter(task__in=pks).only("pk", "task_id"))
    for row in rows:
        pk = row.task_id
        row.text = text_of(str(prompts[pk] or ""), *named.get(pk, ()), said=said.get(pk, ()))
    words.objects.bulk_update(rows, ["text"], batch_size=AT_ONCE)
