"""What a search finds tasks by: one row a task, written with it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models

from .task import Task
from .task_input import TaskSubject

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
BITS = 12
"""Of an id, below the microseconds: 63 bits last until 2091."""

# Scripts that put no spaces between words: kana, hangul, and Chinese characters.
WHOLE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
PIECES = re.compile(f"[{WHOLE}]+|[^\\W{WHOLE}]+")
SHORT = 2
"""Characters that no index of three knows: such pieces are noted beside the text, in spaces."""


class TaskWords(models.Model):
    """`place` is the order of galleries as one number: when the task was made, then its id.

    `text` is folded: the prompt and the subjects on its first line, on the next what members say of
    it to all who see it, and last the pieces that are too short to be found there.
    What keeps the index in step with it are triggers (words_index.py).
    """

    place = models.BigIntegerField(primary_key=True)
    task = models.OneToOneField(Task, models.CASCADE, related_name="words")
    text = models.TextField()

    def __str__(self) -> str:
        return self.text[:60]


def place_of(at: datetime, pk: UUID) -> int:
    microseconds = (at - EPOCH) // timedelta(microseconds=1)
    return (microseconds << BITS) + (pk.int >> (128 - BITS))


def moment_of(place: int) -> tuple[datetime, UUID]:
    """A time and an id that make this place."""
    at = EPOCH + timedelta(microseconds=place >> BITS)
    return at, UUID(int=(place & (1 << BITS) - 1) << (128 - BITS))


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def text_of(*texts: str, said: Iterable[str] = ()) -> str:
    lines = [folded(" ".join(texts)), folded(" ".join(said))]
    short = sorted({piece for line in lines for piece in _short(line)})
    return "\n".join([*(lines if lines[1] else lines[:1]), f" {' '.join(short)} "])


def first_line(text: str) -> str:
    """The prompt and the subjects of what `text_of` has written."""
    return text.partition("\n")[0]


def _short(text: str) -> Iterator[str]:
    for piece in PIECES.findall(text):
        if len(piece) <= SHORT:
            yield piece
        if re.match(f"[{WHOLE}]", piece):
            for length in range(1, SHORT + 1):
                yield from (piece[at : at + length] for at in range(len(piece) - length + 1))


def patterns_of(search: str) -> list[str]:
    """What a text must contain, all of it, to be found.

    A word of three characters or more may stand anywhere. Of what is shorter, Chinese may too,
    and letters and digits are words of their own.
    """
    found = []
    for word in folded(search).split():
        found += [word] if len(word) > SHORT else [f" {one} " for one in PIECES.findall(word)]
    return list(dict.fromkeys(found))


def row_of(task: Task, subjects: Iterable[TaskSubject]) -> TaskWords:
    named = [f"@{one.handle} {one.title}" for one in subjects]
    text = text_of(task.prompt, *named)
    return TaskWords(place=place_of(task.created_at, task.pk), task=task, text=text)


def write(task: Task, subjects: Iterable[TaskSubject]) -> None:
    """In the transaction that makes the task, which no other does meanwhile: see `next_revision`.

    A place that a task of the same microsecond has taken already is left to it.
    """
    row = row_of(task, subjects)
    while TaskWords.objects.filter(place=row.place).exists():
        row.place += 1
    row.save(force_insert=True)


AT_ONCE = 2_000


def fill(tasks: Any = Task, subjects: Any = TaskSubject, words: Any = TaskWords) -> int:
    """Writes them for all tasks that have none, oldest first; how many. Models as migrations have them."""
    made, last = 0, None
    while batch := _next(tasks, last):
        last = batch[-1][:2]
        pks = [pk for _, pk, _ in batch]
        known = set(words.objects.filter(task__in=pks).values_list("task", flat=True))
        named = named_in(subjects, pks)
        places = [place_of(at, pk) for at, pk, _ in batch]
        taken = set(words.objects.filter(place__in=places).values_list("place", flat=True))
        rows = []
        for place, (_, pk, prompt) in zip(places, batch, strict=True):
            if pk in known:
                continue
            while place in taken:
                place += 1
            taken.add(place)
            text = text_of(str(prompt or ""), *named.get(pk, ()))
            rows.append(words(place=place, task_id=pk, text=text))
        words.objects.bulk_create(rows)
        made += len(rows)
    return made


def named_in(subjects: Any, pks: Iterable[UUID]) -> dict[UUID, list[str]]:
    named: dict[UUID, list[str]] = {}
    used = subjects.objects.filter(task__in=pks).order_by("task", "position")
    for pk, handle, title in used.values_list("task", "handle", "title"):
        named.setdefault(pk, []).append(f"@{handle} {title}")
    return named


def _next(tasks: Any, last: Any) -> list[tuple[datetime, UUID, Any]]:
    rows = tasks.objects.order_by("created_at", "id")
    if last is not None:
        at, pk = last
        rows = rows.filter(created_at__gte=at).exclude(created_at=at, id__lte=pk)
    return list(rows.values_list("created_at", "id", "params__prompt")[:AT_ONCE])
