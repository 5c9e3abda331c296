"""Who may look into our files: the user that runs viduweb, and nobody else."""

import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def open_to_others() -> list[Path]:
    return [path for path in _private() if path.stat().st_mode & OTHERS]


def close_to_others() -> list[Path]:
    """Takes other users' rights away; what could not be changed is returned."""
    for path in open_to_others():
        try:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
        except OSError:
            continue
    return open_to_others()


def _private() -> Iterator[Path]:
    """Folders keep what lies below them; files at the top have been made by many programs."""
    data = Path(settings.DATA_DIR)
    candidates = [data, Path(settings.MEDIA_ROOT), settings.BASE_DIR / ".env", *_database()]
    if data.is_dir():
        candidates += data.iterdir()
    for path in dict.fromkeys(candidates):
        # A link's own rights mean nothing, and what it names need not be ours.
        if path.exists() and not path.is_symlink() and (path.is_file() or path in candidates[:2]):
            yield path


def _database() -> list[Path]:
    if connection.vendor != "sqlite":
        return []
    name = str(connection.settings_dict["NAME"])
    return [Path(f"{name}{suffix}") for suffix in ("", "-wal", "-shm", "-journal")]
