"""Subjects as one file: a zip with a list and the pictures. Its way in is generation.forms.subject_import."""

import json
import tempfile
import zipfile
from collections.abc import Iterable
from typing import IO, Any

from generation.models import Subject

FORMAT = "viduweb subjects 1"
LISTING = "subjects.json"
MOST_SUBJECTS = 100

IN_MEMORY = 8 * 1024 * 1024
"""Bytes of a file above which it is put together on the disk."""


def export(subjects: Iterable[Subject]) -> IO[bytes]:
    """The file, at its beginning. A picture that the storage has lost is left out."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the response closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        listing = [_add(archive, subject) for subject in subjects]
        text = json.dumps({"format": FORMAT, "subjects": listing}, ensure_ascii=False, indent=2)
        archive.writestr(LISTING, text)
    file.seek(0)
    return file


def _add(archive: zipfile.ZipFile, subject: Subject) -> dict[str, Any]:
    images: list[dict[str, str]] = []
    for placed in subject.images.select_related("image"):
        if placed.image is None:
            images.append({"url": placed.url})
            continue
        end = str(placed.image.file.name).rsplit(".", 1)[-1]
        name = f"images/{subject.handle}-{placed.position + 1}.{end}"
        try:
            with placed.image.file.open("rb") as picture:
                archive.writestr(name, picture.read())
        except OSError:
            continue
        images.append({"file": name})
    said = ("handle", "title", "notes", "voice_id", "visibility")
    return {name: getattr(subject, name) for name in said} | {"images": images}
