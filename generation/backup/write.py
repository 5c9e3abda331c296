"""Making a backup."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from . import FORMAT, BackupError, postgresql, schema, sqlite
from .archive import FILES, HEADER, SUMMARY, Progress, Steps, Writer, writing


def backup(path: Path, progress: Progress) -> dict[str, Any]:
    """Writes the whole backup to `path`, readable by its owner only; its summary.

    Raises BackupError; then what was at `path` is still there. `missing` in the summary are files
    that the database names and the storage does not have.
    """
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}.")
    migrations = schema.applied()
    # In the same folder: there is room for a backup, and the last step is a rename.
    with tempfile.TemporaryDirectory(prefix=".viduweb-backup-", dir=path.parent) as folder:
        scratch = Path(folder)
        progress("Database")
        names = scratch / "names"
        engine = postgresql if connection.vendor == "postgresql" else sqlite
        snapshot = engine.Snapshot(scratch)
        columns = snapshot.take(schema.tables(), schema.names_query(), names)
        with writing(path, scratch) as writer:
            writer.add_json(
                HEADER,
                {
                    "format": FORMAT,
                    "version": settings.VERSION,
                    "made_at": timezone.now().isoformat(),
                    "engine": connection.vendor,
                    "migrations": migrations,
                    "columns": columns,
                },
            )
            snapshot.write(writer, progress)
            summary = {"tables": snapshot.rows, **_write_files(writer, names, progress)}
            writer.add_json(SUMMARY, summary)
    return summary


def _write_files(writer: Writer, names: Path, progress: Progress) -> dict[str, Any]:
    done, missing = Steps(progress, "Files"), []
    with names.open() as lines:
        for text in lines:
            name = text.rstrip("\n")
            try:
                with default_storage.open(name) as file:
                    size = file.size
                    writer.add(FILES + name, file, size)
            except FileNotFoundError:
                missing.append(name)
                continue
            done.add(size)
    return {"files": done.number, "bytes": done.bytes, "missing": missing}
