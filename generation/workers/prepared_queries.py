"""Statements that Django compiles once a process: the workers run the same few for every task.

Building and compiling a QuerySet takes many times as long as the database takes to answer it.
"""

from collections.abc import Callable, Collection
from copy import copy
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import connection, transaction
from django.db.models import AutoField, Model, QuerySet
from django.db.models.sql import InsertQuery, UpdateQuery

from generation.workers.statements import Compiled, Statement, Values, prepare

Row = TypeVar("Row")


class Rows(Generic[Row]):
    """The rows of the QuerySet that `make` builds of some values.

    How many values there are may differ from call to call; their types may not, and None is none.
    ValueError if `make` takes anything else that changes, as the time: it would stay as it was.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Row]]) -> None:
        self._make = make
        self._known: dict[tuple[str, bool, int], tuple[Statement, Any]] = {}

    def __call__(self, *values: Any) -> list[Row]:
        statement, queryset = self._prepared(values)
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.filled(values))
            found = [cursor.fetchall()]
        # Django makes of the rows what it always makes of them.
        compiler = copy(statement.compiler)
        compiler.execute_sql = lambda *_, **__: found
        answered = SimpleNamespace(
            query=SimpleNamespace(get_compiler=lambda *_, **__: compiler),
            db=connection.alias,
            _known_related_objects={},
        )
        return list(queryset._iterable_class(answered))

    def first(self, *values: Any) -> Row | None:
        """The first of them; `make` should ask for no more."""
        return next(iter(self(*values)), None)

    def any(self, *values: Any) -> bool:
        statement, _ = self._prepared(values, only_whether=True)
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.filled(values))
            return cursor.fetchone() is not None

    def _prepared(self, values: Values, *, only_whether: bool = False) -> tuple[Statement, Any]:
        key = connection.vendor, only_whether, len(values)
        if key not in self._known:

            def compiled(given: Values) -> Compiled:
                query = self._make(*given).query
                query = query.exists() if only_whether else query
                compiler = query.get_compiler(connection.alias)
                return (*compiler.as_sql(), compiler)

            self._known[key] = prepare(compiled, values), self._make(*values)
        return self._known[key]


def padded(values: Collection[Any]) -> list[Any]:
    """The values for an IN, some of them twice, so that there are few different numbers of them."""
    found = list(values)
    missing = (1 << (len(found) - 1).bit_length()) - len(found) if found else 0
    return found + found[:1] * missing


class Write:
    """An UPDATE of the QuerySet that `make` builds, as `Rows` does it.

    What is the same each time is `fixed`: expressions may be there only.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], **fixed: Any) -> None:
        self._make = make
        self._fixed = fixed
        self._known: dict[tuple[Any, ...], tuple[Statement, dict[int, Any]]] = {}

    def __call__(self, *values: Any, **fields: Any) -> int:
        nulls = tuple(value is None for value in fields.values())
        key = connection.vendor, len(values), *fields, nulls
        if key not in self._known:
            self._known[key] = self._prepared(values, fields)
        statement, columns = self._known[key]
        params = statement.filled(values)
        given = [value for value in fields.values() if value is not None]
        for (place, column), value in zip(columns.items(), given, strict=True):
            params[place] = column.get_db_prep_save(value, connection)
        with (
            transaction.mark_for_rollback_on_error(connection.alias),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.sql, params)
            return int(cursor.rowcount)

    def _prepared(self, values: Values, fields: dict[str, Any]) -> tuple[Statement, dict[int, Any]]:
        """Also by which parameter each field is set that is not set to NULL."""
        meta = self._make(*values).model._meta
        columns = [meta.get_field(name) for name, value in fields.items() if value is not None]
        begin = 0

        def compiled(given: Values) -> Compiled:
            nonlocal begin
            query: Any = self._make(*given).query.chain(UpdateQuery)
            query.add_update_values({**self._fixed, **fields})
            query.clear_ordering(force=True)
            compiler = query.get_compiler(connection.alias)
            sql, params = compiler.as_sql()
            # What is fixed comes first, then the fields, then the conditions.
            conditions = len(compiler.compile(query.where)[1])
            begin = len(params) - conditions - len(columns)
            end = begin + len(columns)
            return sql, (*params[:begin], *[None] * len(columns), *params[end:]), compiler

        statement = prepare(compiled, values)
        return statement, dict(enumerate(columns, begin))


class Insert:
    """An INSERT of a new row of the model."""

    def __init__(self, model: type[Model]) -> None:
        meta = model._meta
        self._model = model
        self._made = [field for field in meta.local_concrete_fields if isinstance(field, AutoField)]
        self._given = [field for field in meta.local_concrete_fields if field not in self._made]
        self._known: dict[str, str] = {}

    def __call__(self, row: Model) -> None:
        """Stores the row, and gives it the number that the database gave it."""
        if not connection.features.can_return_columns_from_insert:
            row.save(force_insert=True)
            return
        values = [self._value(field, row) for field in self._given]
        with (
            transaction.mark_for_rollback_on_error(connection.alias),
            connection.cursor() as cursor,
        ):
            cursor.execute(self._sql(row), values)
            if self._made:
                for field, made in zip(self._made, cursor.fetchone(), strict=True):
                    setattr(row, field.attname, made)
        row._state.adding, row._state.db = False, connection.alias

    def _sql(self, row: Model) -> str:
        if connection.vendor not in self._known:
            query = InsertQuery(self._model)
            query.insert_values(self._given, [row])
            compiler = query.get_compiler(connection.alias)
            compiler.returning_fields = self._made
            ((self._known[connection.vendor], _),) = compiler.as_sql()
        return self._known[connection.vendor]

    @staticmethod
    def _value(field: Any, row: Model) -> Any:
        return field.get_db_prep_save(field.pre_save(row, add=True), connection)
