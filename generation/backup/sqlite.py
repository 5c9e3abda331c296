"""The database as one SQLite file."""

import gzip
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from django.db import connection

from . import LEFT_OUT, BackupError
from .archive import BLOCK, DATABASE, Progress, Writer

NAME = DATABASE + "viduweb.sqlite3.gz"


class Snapshot:
    """A consistent copy, made while everybody goes on working."""

    def __init__(self, scratch: Path) -> None:
        self._path, self._packed = scratch / "copy.sqlite3", scratch / "copy.gz"
        self.rows: dict[str, int] = {}

    def take(self, tables: Iterable[str], names: str, names_path: Path) -> dict[str, Any]:
        """Copies, counts, and writes every stored file's name to `names_path`, one a line."""
        connection.ensure_connection()
        with closing(sqlite3.connect(self._path)) as copy:
            # In one step: in several it would begin anew with every write of somebody else.
            connection.connection.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("PRAGMA secure_delete=ON")
            for table in sorted(LEFT_OUT & _tables(copy)):
                copy.execute(f'DELETE FROM "{table}"')  # noqa: S608
            copy.commit()
            self.rows = {
                table: copy.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]  # noqa: S608
                for table in tables
            }
            with names_path.open("w") as file:
                file.writelines(f"{name}\n" for (name,) in copy.execute(names))
        return {}

    def write(self, writer: Writer, progress: Progress) -> None:
        with self._path.open("rb") as source, gzip.open(self._packed, "wb", 1) as packed:
            shutil.copyfileobj(source, packed, BLOCK)
        with self._packed.open("rb") as file:
            writer.add(NAME, file, self._packed.stat().st_size)


def _tables(copy: sqlite3.Connection) -> set[str]:
    found = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in found}


class Loader:
    """Puts the database of a backup in the place of the one here, which is empty."""

    def __init__(self, header: dict[str, Any], summary: dict[str, Any], scratch: Path) -> None:
        self._summary, self._path = summary, scratch / "restored.sqlite3"

    def read(self, name: str, content: IO[bytes]) -> None:
        with gzip.open(content) as source, self._path.open("wb") as file:
            shutil.copyfileobj(source, file, BLOCK)

    def load(self) -> None:
        if not self._path.exists():
            raise BackupError("The backup has no database in it.")
        with closing(sqlite3.connect(self._path)) as copy:
            for table, rows in self._summary["tables"].items():
                found = copy.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]  # noqa: S608
                if found != rows:
                    raise BackupError(f"Table {table} has {found} rows, not {rows}.")
            # Whatever happens before everything is on hold: without its mark this one is held.
            copy.execute("INSERT OR REPLACE INTO generation_counter VALUES ('marked', 1)")
            copy.commit()
            connection.ensure_connection()
            copy.backup(connection.connection)
        connection.close()
