"""The file itself: a tar of a header, the database, the files, a summary and the checksums of all.

Members are told apart by name and never unpacked by it. The checksums come last, so that a file
which was cut short is known for one.
"""

import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from . import BackupError

HEADER, SUMMARY, CHECKSUMS = "viduweb-backup.json", "summary.json", "checksums.txt"
DATABASE, FILES = "database/", "files/"
BLOCK = 1024 * 1024
SMALL = 16 * 1024 * 1024
"""Bytes at most of a member that is read whole."""

Progress = Callable[[str], None]


class Writer:
    """Adds members, each with its checksum."""

    def __init__(self, tar: tarfile.TarFile, lines: IO[bytes]) -> None:
        self._tar, self._lines = tar, lines

    def add(self, name: str, source: IO[bytes], size: int) -> None:
        """`size` bytes of `source`; raises BackupError when there are fewer."""
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(time.time())
        reader = Hashing(source)
        try:
            self._tar.addfile(info, reader)
        except OSError as error:
            raise BackupError(f"{name} could not be written: {error}") from error
        self._lines.write(line(name, size, reader.digest))

    def add_json(self, name: str, content: dict[str, Any]) -> None:
        text = json.dumps(content, indent=1).encode()
        self.add(name, io.BytesIO(text), len(text))

    def close(self) -> None:
        """Adds the checksums; without them it is no backup."""
        size = self._lines.tell()
        self._lines.seek(0)
        info = tarfile.TarInfo(CHECKSUMS)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, self._lines)


class Hashing:
    """A stream that is hashed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._hash = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._hash.update(data)
        return data

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def line(name: str, size: int, digest: str) -> bytes:
    return f"{digest} {size} {json.dumps(name)}\n".encode()


@contextmanager
def writing(path: Path, scratch: Path) -> Iterator[Writer]:
    """Writes the whole file, for its owner only, and then puts it in its place in one step."""
    part = scratch / "backup.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, (scratch / "checksums").open("w+b") as lines:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            writer = Writer(tar, lines)
            yield writer
            writer.close()
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


Member = tuple[str, int, IO[bytes]]


def members(path: Path) -> Iterator[Member]:
    """Name, size and content of each; raises BackupError for whatever is not ours."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            for info in tar:
                if not info.isreg() or not _is_ours(info.name):
                    raise BackupError(f"{path} holds {info.name!r}, which no backup has.")
                content = tar.extractfile(info)
                assert content is not None
                yield info.name, info.size, content
    except FileNotFoundError:
        raise BackupError(f"There is no file {path}.") from None
    except tarfile.TarError as error:
        raise BackupError(f"{path} is no backup of viduweb, or is cut short ({error}).") from error


def _is_ours(name: str) -> bool:
    if name in (HEADER, SUMMARY, CHECKSUMS):
        return True
    folder = next((folder for folder in (DATABASE, FILES) if name.startswith(folder)), None)
    parts = name.removeprefix(folder or "").split("/")
    return bool(folder) and all(part not in ("", ".", "..") for part in parts) and "\\" not in name


def verified(path: Path, progress: Progress) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and summary, once every byte was compared with its checksum."""
    try:
        return _verified(path, progress)
    except tarfile.TarError as error:
        raise BackupError(f"{path} is cut short ({error}).") from error


def _verified(path: Path, progress: Progress) -> tuple[dict[str, Any], dict[str, Any]]:
    said, computed = "", hashlib.sha256()
    told: dict[str, dict[str, Any]] = {}
    last = ""
    done = Steps(progress, "Checking")
    for name, size, content in members(path):
        if last == CHECKSUMS:
            raise BackupError(f"{path} goes on after its end.")
        last = name
        hashed, kept = hashlib.sha256(), b""
        while block := content.read(BLOCK):
            hashed.update(block)
            if name in (HEADER, SUMMARY) and len(kept) < SMALL:
                kept += block
        if name == CHECKSUMS:
            said = hashed.hexdigest()
            continue
        if name in (HEADER, SUMMARY):
            told[name] = _json(path, kept)
        computed.update(line(name, size, hashed.hexdigest()))
        done.add(size)
    if last != CHECKSUMS or told.keys() != {HEADER, SUMMARY}:
        raise BackupError(f"{path} is no backup of viduweb, or is cut short.")
    if said != computed.hexdigest():
        raise BackupError(f"{path} is damaged: its checksums do not agree with what it holds.")
    return told[HEADER], told[SUMMARY]


def _json(path: Path, text: bytes) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise BackupError(f"{path} is damaged: it does not say what it is.")
    return told


class Steps:
    """Says every few seconds how far a long work is."""

    EVERY = 5.0

    def __init__(self, progress: Progress, word: str) -> None:
        self._progress, self._word = progress, word
        self._said, self.number, self.bytes = time.monotonic(), 0, 0

    def add(self, size: int) -> None:
        self.number += 1
        self.bytes += size
        if time.monotonic() - self._said > self.EVERY:
            self._said = time.monotonic()
            self._progress(
                f"{self._word}: {self.number} files, {self.bytes / 10**6:,.0f} MB so far"
            )
