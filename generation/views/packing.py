"""What goes into a zip: some results at a time, of which no more is kept than the zip needs."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import BinaryIO, cast
from uuid import UUID

from django.core.files.storage import Storage

from generation.media.zipping import Entry, Moment
from generation.models import Output, Task
from generation.presenters.zips import MISSING, NOTHING, Line, Names, heading, rows

ASKED_AT_ONCE = 16
"""A bucket is asked for each file whether it is there: one after the other would take minutes."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip that has not been read yet. `etag` changes with any byte of it."""

    entries: Sequence[Entry]
    etag: str


class Packing:
    """`given` are the tasks with files, and when they were made."""

    def __init__(self) -> None:
        self.given: dict[UUID, datetime] = {}
        self._entries: list[Entry] = []
        self._names = Names()
        self._table = [heading()]

    def add(self, tasks: Sequence[Task]) -> None:
        """Of tasks that come with owner, outputs and long text.

        What the storage does not have is a line of the manifest, no failure.
        """
        stored = [one for task in tasks for one in task.outputs.all() if one.is_stored]
        with ThreadPoolExecutor(ASKED_AT_ONCE) as askers:
            sizes = dict(zip(stored, askers.map(_size, stored), strict=True))
        lines = [line for task in tasks for line in self._lines(task, sizes)]
        self._table.append(rows(lines))

    def archive(self) -> Archive:
        table = b"".join(self._table)
        sizes = "".join(f"{entry.name}:{entry.size};" for entry in self._entries)
        etag = hashlib.sha256(sizes.encode() + table).hexdigest()[:40]
        last = Entry("manifest.csv", len(table), lambda: BytesIO(table))
        return Archive([*self._entries, last], etag)

    def _lines(self, task: Task, sizes: dict[Output, int | None]) -> list[Line]:
        outputs = [one for one in task.outputs.all() if one in sizes]
        if not outputs:
            return [Line(task, note=NOTHING)]
        self.given[task.pk] = task.created_at
        return [self._line(task, one, sizes[one]) for one in outputs]

    def _line(self, task: Task, output: Output, size: int | None) -> Line:
        name = self._names.of(output)
        if size is None:
            return Line(task, output, note=MISSING)
        opener = _opener(output.file.storage, str(output.file.name))
        self._entries.append(Entry(name, size, opener, _moment(task.created_at)))
        return Line(task, output, name)


def _size(output: Output) -> int | None:
    try:
        return int(output.file.size)
    except OSError:
        return None


def _opener(storage: Storage, name: str) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, storage.open(name, "rb"))


def _moment(at: datetime) -> Moment:
    return (at.year, at.month, at.day, at.hour, at.minute, at.second)
