"""A file of subjects on its way in: checked as any upload, nothing in it is taken on trust."""

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from lzma import LZMAError
from typing import IO, Any

from django.core.files.base import ContentFile
from django.http import QueryDict

from generation.library.handles import bare, free_handle, taken
from generation.library.subject_files import FORMAT, LISTING, MOST_SUBJECTS
from generation.library.subjects import HandleTaken, create
from generation.library.uploads import keep_image
from generation.media.images import BadImage
from generation.models import Subject, User, Visibility

from .fields import echo, storable
from .subjects import LIMITS, MAX_IMAGES, SubjectForm

MAX_LISTING = 1_000_000
"""Bytes of the list of subjects."""

MAX_UNPACKED = 500_000_000
"""Bytes of everything in the file together, whatever its directory says."""

NAME = re.compile(r"images/[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}")


UNREADABLE = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError),
    UnicodeDecodeError,  # a name in it
)
DAMAGED = (KeyError, zipfile.BadZipFile, EOFError, RuntimeError, ValueError, zlib.error, LZMAError)


class BadFile(Exception):
    """Nothing of it can be taken; the text says why."""


@dataclass(slots=True)
class Imported:
    """What came of a file: made subjects, those that got another handle, and what is wrong."""

    made: list[Subject] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def import_subjects(file: IO[bytes], user: User) -> Imported:
    """Makes the subjects of an exported file. Nothing that is there is overwritten. Raises BadFile."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _Import(archive, user).run()
    except UNREADABLE as error:
        raise BadFile("This is no file of subjects: it cannot be opened as a zip.") from error


class _Import:
    def __init__(self, archive: zipfile.ZipFile, user: User) -> None:
        self.archive, self.user = archive, user
        self.left = MAX_UNPACKED
        self.done = Imported()

    def run(self) -> Imported:
        self._check_directory()
        for number, said in enumerate(self._listing(), start=1):
            self._one(said, number)
        return self.done

    def _check_directory(self) -> None:
        entries = self.archive.infolist()
        if len(entries) > MOST_SUBJECTS * MAX_IMAGES + 1:
            raise BadFile(f"The file has {len(entries):,} parts; that is more than is taken.")
        if any(entry.flag_bits & 1 for entry in entries):
            raise BadFile("The file is locked by a password.")
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise BadFile("Unpacked the file would be too large.")

    def _read(self, name: str, most: int) -> bytes:
        """As much as is there, not as the directory says. Raises BadFile when it is too much."""
        try:
            with self.archive.open(name) as part:
                data = part.read(min(most, self.left) + 1)
        except DAMAGED as error:
            raise BadFile(f"The file lacks {echo(name)}, or it is damaged.") from error
        self.left -= len(data)
        if len(data) > most or self.left < 0:
            raise BadFile("Unpacked the file would be too large.")
        return data

    def _listing(self) -> Iterator[dict[str, Any]]:
        try:
            said = json.loads(self._read(LISTING, MAX_LISTING))
            subjects = said["subjects"] if said["format"] == FORMAT else None
        except (ValueError, TypeError, KeyError, RecursionError):
            subjects = None
        if not isinstance(subjects, list):
            raise BadFile("This is no file of subjects: its list is missing or damaged.")
        if len(subjects) > MOST_SUBJECTS:
            raise BadFile(
                f"The file has {len(subjects):,} subjects; {MOST_SUBJECTS} are taken at once."
            )
        yield from (one if isinstance(one, dict) else {} for one in subjects)

    def _one(self, said: dict[str, Any], number: int) -> None:
        name = echo(_text(said, "handle")) or f"Subject {number}"
        try:
            form = self._form(said)
            if not form.is_valid():
                sentences = [str(text) for texts in form.errors.values() for text in texts]
                self.done.problems.append(f"{name}: {' '.join(sentences)}")
                return
            self.done.made.append(create(form.content, self.user, "Imported"))
        except (BadImage, BadFile) as bad:
            self.done.problems.append(f"{name}: {bad}")
        except HandleTaken:
            self.done.problems.append(
                f"{name}: its handle was taken a moment ago. Import it again."
            )

    def _form(self, said: dict[str, Any]) -> SubjectForm:
        data = QueryDict(mutable=True)
        for key in ("title", "notes", "voice_id"):
            data[key] = _text(said, key)
        private = _text(said, "visibility") == Visibility.PRIVATE
        visibility = Visibility.PRIVATE if private else Visibility.TEAM
        data["visibility"] = visibility
        data["handle"] = self._handle(_text(said, "handle"), visibility)
        images = said.get("images")
        images = images[: MAX_IMAGES + 1] if isinstance(images, list) else []
        given = [one if isinstance(one, dict) else {} for one in images]
        placed = [(_text(one, "url" if "url" in one else "file"), "url" in one) for one in given]
        for text, is_address in dict.fromkeys(placed):
            data.appendlist("image_ids", text if is_address else str(self._image(text)))
        return SubjectForm(data, user=self.user)

    def _handle(self, wish: str, visibility: str) -> str:
        if not taken(bare(wish), visibility, self.user, self.user):
            return wish
        free = free_handle(bare(wish), visibility, self.user)
        self.done.renamed.append(f"@{bare(wish)} is there already: it came in as @{free}.")
        return free

    def _image(self, name: str) -> object:
        if not NAME.fullmatch(name):
            raise BadFile(f"“{echo(name)}” is no name of an image in such a file.")
        assert LIMITS.images is not None
        data = self._read(name, LIMITS.images.max_bytes)
        content = ContentFile(data, name.removeprefix("images/"))
        return keep_image(content, self.user, LIMITS.images).pk  # type: ignore[arg-type]


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key, "")
    return storable(value) if isinstance(value, str) else ""
