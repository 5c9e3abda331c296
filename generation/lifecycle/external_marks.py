"""Marks outside the database: what it knew when a request was last about to leave.

A mark names a line of the timeline. A database without that very line is a copy from earlier, or
another one, and what waits in it may have been sent since. The mark lies in DATA_DIR; with files
in a bucket there instead, one of each machine, where all of them see it. It is written after the
database has committed the line and before the request leaves, so that no crash between the two
makes the mark know more than the database.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

NAME = "newest.mark"
FOLDER = "marks"
"""Where the bucket keeps those of all machines."""

KEPT_FOR = timedelta(days=90)
"""Since a machine's mark was written last."""

APART = timedelta(days=1)
"""More than clocks differ, and transactions last."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the timeline by its number, and a digest of what it says: numbers are reused by a
    database that was set back."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class Mark:
    """`claimed` is the line with which a task was last taken to be sent, `seen` the newest when
    somebody looked, `revision` how far the changes had been counted."""

    revision: int = 0
    claimed: Line | None = None
    seen: Line | None = None

    @property
    def lines(self) -> list[Line]:
        return [line for line in (self.claimed, self.seen) if line is not None]

    def with_newer(self, other: "Mark") -> "Mark":
        return Mark(
            max(self.revision, other.revision),
            _newer(self.claimed, other.claimed),
            _newer(self.seen, other.seen),
        )


def _newer(one: Line | None, other: Line | None) -> Line | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda line: line.number)


def read() -> list[Mark]:
    """Every mark that can be seen from here. Raises OSError when that cannot be told."""
    names = _names() if are_shared() else [NAME]
    return [mark for mark in map(_read, names) if mark is not None]


def move_up(mark: Mark) -> None:
    """Makes this machine's mark at least `mark`; raises OSError when that is not safely done."""
    with _alone():
        old = _read(_own())
        fresh = mark if old is None else old.with_newer(mark)
        if fresh != old:
            _write(_own(), fresh)


def replace_all(mark: Mark) -> None:
    """Every mark becomes `mark`, also a newer one: what it told of has been acted on."""
    with _alone():
        for name in {_own(), *(_names() if are_shared() else ())}:
            _write(name, mark)


def own() -> Mark | None:
    """This machine's. Raises OSError."""
    return _read(_own())


def remove_old(mine: Mark, newest: datetime, living: Iterable[str]) -> int:
    """Removes marks of machines that are gone for good from the bucket; how many.

    Only one that tells nothing beyond `mine`, was not written for KEPT_FOR, and is older than a
    line of `mine` that was written at `newest`: a database that does not know that mark's lines
    then does not know `mine` either, and is noticed all the same. Raises OSError.
    """
    if not are_shared():
        return 0
    kept = {_own(), *map(_of, living)}
    gone = [name for name in _names() if name not in kept and _is_done(name, mine, newest)]
    for name in gone:
        default_storage.delete(name)
    return len(gone)


def _is_done(name: str, mine: Mark, newest: datetime) -> bool:
    mark = _read(name)
    if mark is None or mine.with_newer(mark) != mine:
        return False
    written = default_storage.get_modified_time(name)
    return written < timezone.now() - KEPT_FOR and newest > written + APART


def are_shared() -> bool:
    """Whether the files lie where other machines see them too."""
    return hasattr(default_storage, "signed_url")


def _own() -> str:
    if not are_shared():
        return NAME
    return _of(settings.HOST_NAME)


def _of(host: str) -> str:
    return f"{FOLDER}/{hashlib.sha256(host.encode()).hexdigest()[:16]}"


def _names() -> Iterable[str]:
    return [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]


def _path(name: str) -> Path:
    folder: Path = settings.DATA_DIR
    return folder / name


@contextmanager
def _alone() -> Iterator[None]:
    """One process of this machine at a time, so that none writes over a newer mark."""
    path = _path(NAME).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _read(name: str) -> Mark | None:
    """None without one, and for what is none: it counts as missing."""
    try:
        if not are_shared():
            return _parsed(json.loads(_path(name).read_bytes()))
        with default_storage.open(name) as file:
            return _parsed(json.loads(file.read()))
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def _parsed(told: dict[str, Any]) -> Mark:
    lines = {name: Line(**told[name]) if told[name] else None for name in ("claimed", "seen")}
    return Mark(int(told["revision"]), **lines)


def _write(name: str, mark: Mark) -> None:
    text = json.dumps(asdict(mark)).encode()
    if are_shared():
        default_storage.save(name, ContentFile(text))
    else:
        _write_safely(_path(name), text)


def _write_safely(path: Path, text: bytes) -> None:
    """Replaces the file in one step, and not before all of it is on the disk."""
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
