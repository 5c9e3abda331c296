"""The database as the rows of each table, in PostgreSQL's own text format."""

import gzip
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from django.db import connection, transaction

from . import BackupError, schema
from .archive import BLOCK, DATABASE, Progress, Writer

SUFFIX = ".copy.gz"


class Snapshot:
    """The rows as of one moment, read in one transaction while everybody goes on working."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self.rows: dict[str, int] = {}

    def take(self, tables: Iterable[str], names: str, names_path: Path) -> dict[str, Any]:
        """Reads, counts, and writes every stored file's name to `names_path`, one a line.

        Returns the columns of each table.
        """
        columns: dict[str, list[str]] = {}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for table in tables:
                columns[table] = _columns(cursor, table)
                # psycopg's own: Django has no COPY.
                sql = f"COPY {_quoted(table)} ({_list(columns[table])}) TO STDOUT"
                with cursor.copy(sql) as copy, gzip.open(self._path(table), "wb", 1) as file:
                    for block in copy:
                        file.write(block)
                self.rows[table] = cursor.rowcount
            with cursor.copy(f"COPY ({names}) TO STDOUT") as copy, names_path.open("wb") as file:
                for block in copy:
                    file.write(block)
        return columns

    def write(self, writer: Writer, progress: Progress) -> None:
        for table in self.rows:
            path = self._path(table)
            with path.open("rb") as file:
                writer.add(f"{DATABASE}{table}{SUFFIX}", file, path.stat().st_size)
            path.unlink()

    def _path(self, table: str) -> Path:
        return self._scratch / f"{table}{SUFFIX}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _list(columns: Iterable[str]) -> str:
    return ", ".join(map(_quoted, columns))


def _columns(cursor: Any, table: str) -> list[str]:
    return [column.name for column in connection.introspection.get_table_description(cursor, table)]


class Loader:
    """Makes the tables as they were, and fills them in one transaction."""

    def __init__(self, header: dict[str, Any], summary: dict[str, Any], scratch: Path) -> None:
        self._header, self._summary, self._scratch = header, summary, scratch
        self._read: set[str] = set()

    def read(self, name: str, content: IO[bytes]) -> None:
        table = name.removeprefix(DATABASE).removesuffix(SUFFIX)
        if table not in self._header["columns"]:
            raise BackupError(f"The backup holds {name!r}, of which its header says nothing.")
        with (self._scratch / f"{table}{SUFFIX}").open("wb") as file:
            shutil.copyfileobj(content, file, BLOCK)
        self._read.add(table)

    def load(self) -> None:
        columns: dict[str, list[str]] = self._header["columns"]
        if missing := columns.keys() - self._read:
            raise BackupError(f"The backup has no rows of {min(missing)}.")
        schema.build(schema.known(self._header["migrations"]))
        with transaction.atomic(), connection.cursor() as cursor:
            # Also what is left out of copies and refers to these, such as who is logged in.
            cursor.execute(f"TRUNCATE {_list(sorted(columns))} CASCADE")
            for table in columns:
                self._fill(cursor, table, columns[table])
            for table in columns:
                _count_on(cursor, table)
            # Whatever happens before everything is on hold: without its mark this one is held.
            cursor.execute(
                "INSERT INTO generation_counter (name, value) VALUES ('marked', 1) "
                "ON CONFLICT (name) DO UPDATE SET value = 1"
            )

    def _fill(self, cursor: Any, table: str, columns: list[str]) -> None:
        sql = f"COPY {_quoted(table)} ({_list(columns)}) FROM STDIN"
        with gzip.open(self._scratch / f"{table}{SUFFIX}") as file, cursor.copy(sql) as copy:
            while block := file.read(BLOCK):
                copy.write(block)
        rows = self._summary["tables"].get(table)
        if cursor.rowcount != rows:
            raise BackupError(f"Table {table} has {cursor.rowcount} rows, not {rows}.")


def _count_on(cursor: Any, table: str) -> None:
    """Lets each sequence of the table go on behind its last number."""
    for column in _columns(cursor, table):
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [_quoted(table), column])
        sequence = cursor.fetchone()[0]
        if sequence:
            newest = f"SELECT MAX({_quoted(column)}) FROM {_quoted(table)}"  # noqa: S608
            cursor.execute(
                f"SELECT setval(%s, COALESCE(({newest}), 1), ({newest}) IS NOT NULL)",
                [sequence],
            )
