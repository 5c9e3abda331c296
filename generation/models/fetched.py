"""Rows as a database gives them, made into instances when somebody asks for them.

To put a statement together takes Django longer than the database needs for its answer, and so does
making instances of the rows. Rows that are the same are soon compared.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connections, router
from django.db.models import Model, QuerySet, UUIDField
from django.db.models.query import ModelIterable

Row = tuple[Any, ...]
M = TypeVar("M", bound=Model)

SIZES = (1, 8, 24, 61, 204)
"""A statement is put together for so many ids; the last one fills what is left. More than the
greatest get a statement of their own."""

MEMBER = -(7**19)
"""Stands for who asks, until somebody does."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    sql: str
    slots: list[int | None]
    """Which of the values stands at each place; None where it is a constant."""
    constants: list[Any]
    columns: dict[str, int]


class Statement(Generic[M]):
    """A query for some ids, by who asks, whose SQL is put together once for some numbers of them."""

    def __init__(self, model: type[M], query: Callable[[Sequence[UUID], int], QuerySet[M]]) -> None:
        self.model, self.query = model, query
        self._prepared: dict[Hashable, _Prepared] = {}

    def fetch(self, ids: Sequence[UUID], member: int) -> "Fetched[M]":
        using = router.db_for_read(self.model)
        connection = connections[using]
        size = next((size for size in SIZES if size >= len(ids)), len(ids))
        known_by = (using, connection.vendor, size)
        prepared = self._prepared.get(known_by)
        if prepared is None:
            prepared = self._prepare(size, using)
            if size in SIZES:
                self._prepared[known_by] = prepared
        field = UUIDField()
        values = [field.get_db_prep_value(one, connection) for one in ids]
        values += values[-1:] * (size - len(ids)) + [member]
        params = [
            constant if slot is None else values[slot]
            for slot, constant in zip(prepared.slots, prepared.constants, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(prepared.sql, params)
            return Fetched(self, prepared.columns, cursor.fetchall())

    def _prepare(self, size: int, using: str) -> _Prepared:
        ids = [UUID(int=7**40 + number) for number in range(size)]
        compiler: Any = self.query(ids, MEMBER).query.get_compiler(using)
        sql, params = compiler.as_sql()
        field = UUIDField()
        place = {field.get_db_prep_value(one, connections[using]): at for at, one in enumerate(ids)}
        place[MEMBER] = size
        slots = [place.get(param) if isinstance(param, Hashable) else None for param in params]
        own = compiler.klass_info["select_fields"]
        columns = {compiler.select[at][0].target.attname: at for at in own}
        return _Prepared(sql, slots, list(params), columns | (compiler.annotation_col_map or {}))


class Fetched(Generic[M]):
    """An answer. Its instances know none of the query's annotations."""

    def __init__(self, statement: Statement[M], columns: dict[str, int], rows: list[Row]) -> None:
        self._statement, self.rows = statement, rows
        self.columns = columns
        """Where the model's own columns and annotations stand in a row."""

    def instances(self, rows: Sequence[Row]) -> list[M]:
        """Of some of the rows, in their order."""
        if not rows:
            return []
        asked = self._statement.query([UUID(int=0)], MEMBER)
        compiler: Any = asked.query.get_compiler(asked.db)
        compiler.as_sql()
        answered: Any = _Answered(compiler, rows)
        return list(ModelIterable(QuerySet(self._statement.model, answered, asked.db)))


class _Answered:
    """A query and its compiler at once, for what asks a database otherwise."""

    annotation_col_map = None

    def __init__(self, compiler: Any, rows: Sequence[Row]) -> None:
        self._compiler, self._rows = compiler, rows

    def get_compiler(self, using: str) -> "_Answered":
        return self

    def execute_sql(self, **options: Any) -> list[Sequence[Row]]:
        return [self._rows]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiler, name)
