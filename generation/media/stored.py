"""Asking the storage about its files."""

from django.core.files.storage import default_storage


def is_stored(name: str, size: int | None = None) -> bool:
    """Whether the storage has such a file, and of that size in bytes if one is given."""
    try:
        found = default_storage.size(name) if name else 0
    except OSError:
        return False
    return found > 0 if size is None else found == size
