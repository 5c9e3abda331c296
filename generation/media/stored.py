"""Asking the storage about its files."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile


def is_stored(name: str, size: int | None = None) -> bool:
    """Whether the storage has such a file, and of that size in bytes if one is given."""
    try:
        found = default_storage.size(name) if name else 0
    except OSError:
        return False
    return found > 0 if size is None else found == size


@contextmanager
def on_disk(file: FieldFile) -> Iterator[Path]:
    """The file itself, or a copy of it when a bucket has it."""
    try:
        yield Path(file.path)
        return
    except NotImplementedError:
        pass  # a bucket has no paths
    with tempfile.NamedTemporaryFile() as copy, file.open("rb") as content:
        shutil.copyfileobj(content, copy)
        copy.flush()
        yield Path(copy.name)
