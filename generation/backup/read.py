"""Restoring a backup into an empty installation."""

import hashlib
import tempfile
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from generation.lifecycle import hold
from generation.models import ApiKey, Lease, Task, User
from generation.models.secrets import SecretUnreadable
from generation.workers.heartbeats import heartbeats

from . import FORMAT, BackupError, postgresql, schema, sqlite
from .archive import BLOCK, DATABASE, FILES, Progress, Steps, members, verified


def check(path: Path, progress: Progress) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and summary of a backup that is whole and that this installation can take."""
    header, summary = verified(path, progress)
    if header.get("format") != FORMAT:
        raise BackupError(f"{path} has a format that this version does not know.")
    if header.get("engine") != connection.vendor:
        raise BackupError(
            f"{path} was made on {header.get('engine')}, and DATABASE_URL is {connection.vendor}: "
            "restore it on the same kind of database."
        )
    schema.known(header["migrations"])
    return header, summary


def restore(path: Path, progress: Progress) -> tuple[dict[str, Any], int]:
    """Fills this installation, and holds what waits; the summary, and how many tasks are held.

    Raises BackupError when it is not empty, a machine works on it, or the backup is not whole: then
    nothing was changed.
    Interrupted later it leaves an empty database, and may be called again.
    """
    require_empty()
    require_stopped()
    header, summary = check(path, progress)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=settings.DATA_DIR) as folder:
        engine = postgresql if connection.vendor == "postgresql" else sqlite
        loader = engine.Loader(header, summary, Path(folder))
        done = Steps(progress, "Files")
        for name, size, content in members(path):
            if name.startswith(DATABASE):
                loader.read(name, content)
            elif name.startswith(FILES):
                _store(name.removeprefix(FILES), size, content)
                done.add(size)
        if done.number != summary["files"]:
            raise BackupError(f"The backup has {done.number} files, not {summary['files']}.")
        progress("Database")
        loader.load()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    return summary, hold.after_restore()


def require_empty() -> None:
    """Raises BackupError when anything here could be overwritten."""
    found = set(connection.introspection.table_names())
    for model in (User, Task):
        table = model._meta.db_table
        if table not in found:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608
            if cursor.fetchone():
                raise BackupError(
                    f"This installation has {model._meta.verbose_name_plural} already: restore into"
                    " an empty one. Set DATA_DIR and DATABASE_URL to a new folder and database, or "
                    "move the old ones away first."
                )


def require_stopped() -> None:
    """Raises BackupError while a machine, this one or another, works on the database."""
    if Lease._meta.db_table not in connection.introspection.table_names():
        return
    now = timezone.now()
    if living := sorted({sign.host for sign in heartbeats() if sign.until > now}):
        raise BackupError(
            f"viduweb works on this database, on {' and '.join(living)}: stop it there first. If it "
            "has just been stopped, wait a minute."
        )


def unreadable_keys() -> int:
    number = 0
    for key in ApiKey.objects.all():
        try:
            key.reveal()
        except SecretUnreadable:
            number += 1
    return number


def _store(name: str, size: int, content: IO[bytes]) -> None:
    """Puts a file under exactly this name, unless it is there already."""
    if default_storage.exists(name) and default_storage.size(name) == size and _same(name, content):
        return
    content.seek(0)
    stored = default_storage.save(name, File(content, name))
    if stored != name:
        raise BackupError(f"The storage keeps {name} as {stored}: it does not replace files.")


def _same(name: str, content: IO[bytes]) -> bool:
    with default_storage.open(name) as file:
        return _digest(file) == _digest(content)


def _digest(file: IO[bytes]) -> str:
    found = hashlib.sha256()
    while block := file.read(BLOCK):
        found.update(block)
    return found.hexdigest()
