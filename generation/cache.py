"""Caches whose values are JSON: whoever can write to Redis or to the table runs nothing by it.

Django's own would unpickle them. Values are what JSON knows; anything else raises TypeError when
it is kept. What cannot be read, such as a value of an earlier release, counts as missing.
"""

# ruff: noqa: S608  # the only name put into statements is the table's, quoted by Django

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.db import DatabaseError, connections, router, transaction
from django.utils import timezone

NEVER = datetime.max.replace(tzinfo=UTC)
Stored = tuple[Any, str | bytes | None]


class Json:
    """What both caches write and read; a whole number is its digits, which Redis can add to."""

    @staticmethod
    def dumps(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"))

    @staticmethod
    def loads(text: str | bytes) -> Any:
        """Raises ValueError or RecursionError for what is no JSON."""
        return json.loads(text)


def _readable(rows: Iterable[Stored]) -> dict[Any, Any]:
    found = {}
    for key, text in rows:
        try:
            if text is not None:
                found[key] = Json.loads(text)
        except (ValueError, RecursionError):
            continue
    return found


class _Client(RedisCacheClient):
    def get(self, key: Any, default: Any) -> Any:
        return self.get_many([key]).get(key, default)

    def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        names = list(keys)
        return _readable(zip(names, self.get_client(None).mget(names), strict=True))


class JsonRedisCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
        self._options: dict[str, Any] = {**params.get("OPTIONS", {}), "serializer": Json}


class JsonDatabaseCache(DatabaseCache):
    """One statement a write, so that of two at once none is lost; SQLite and PostgreSQL only."""

    _table: str
    _cull: Any

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        names = {self.make_and_validate_key(key, version=version): key for key in keys}
        if not names:
            return {}
        marks = ", ".join(["%s"] * len(names))
        with self._connection().cursor() as cursor:
            cursor.execute(
                f"SELECT cache_key, value FROM {self._quoted} "
                f"WHERE cache_key IN ({marks}) AND expires > %s",
                [*names, self._now()],
            )
            found = _readable(cursor.fetchall())
        return {names[key]: value for key, value in found.items()}

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError when there is no such number."""
        with self._connection().cursor() as cursor:
            cursor.execute(
                f"UPDATE {self._quoted} "
                "SET value = CAST(CAST(value AS bigint) + %s AS text) "
                "WHERE cache_key = %s AND expires > %s RETURNING value",
                [delta, self.make_and_validate_key(key, version=version), self._now()],
            )
            row = cursor.fetchone()
        if row is None:
            raise ValueError(f"Key '{key}' not found")
        return int(row[0])

    def _base_set(
        self, mode: str, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT
    ) -> bool:
        """Whether a row was written: for `add` only over one that has ended."""
        statement, values = self._statement(mode, key, value, self._end(timeout))
        try:
            with transaction.atomic(self._alias), self._connection().cursor() as cursor:
                cursor.execute(statement, values)
                written = bool(cursor.rowcount)
                cursor.execute(f"SELECT COUNT(*) FROM {self._quoted}")
                kept = cursor.fetchone()[0]
                if kept > self._max_entries:
                    self._cull(self._alias, cursor, timezone.now(), kept)
        except DatabaseError:
            # What is only cached must not break a page.
            return False
        return written

    def _statement(self, mode: str, key: str, value: Any, end: Any) -> tuple[str, list[Any]]:
        if mode == "touch":
            where = "WHERE cache_key = %s AND expires > %s"
            return f"UPDATE {self._quoted} SET expires = %s {where}", [end, key, self._now()]
        upsert = (
            f"INSERT INTO {self._quoted} (cache_key, value, expires) VALUES (%s, %s, %s) "
            "ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires"
        )
        values = [key, Json.dumps(value), end]
        if mode == "add":
            return f"{upsert} WHERE {self._quoted}.expires <= %s", [*values, self._now()]
        return upsert, values

    @property
    def _alias(self) -> str:
        return str(router.db_for_write(self.cache_model_class))

    @property
    def _quoted(self) -> str:
        return str(connections[self._alias].ops.quote_name(self._table))

    def _connection(self) -> Any:
        return connections[self._alias]

    def _end(self, timeout: float | None) -> Any:
        ends = self.get_backend_timeout(timeout)
        return self._moment(NEVER if ends is None else datetime.fromtimestamp(ends, UTC))

    def _now(self) -> Any:
        return self._moment(timezone.now())

    def _moment(self, at: datetime) -> Any:
        return self._connection().ops.adapt_datetimefield_value(at)
