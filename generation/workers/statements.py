"""Finds out which parameters of a statement are the values that it was made of.

Each is compiled twice, with values that are nobody's: where the two differ, the values go.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

Values = Sequence[Any]
Compiled = tuple[str, tuple[Any, ...], Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """`slots` says which of the given values becomes which of the parameters."""

    sql: str
    params: tuple[Any, ...]
    slots: dict[int, int]
    compiler: Any

    def filled(self, values: Values) -> list[Any]:
        params = list(self.params)
        for place, number in self.slots.items():
            params[place] = _adapted(values[number])
        return params


def prepare(compiled: Callable[[Values], Compiled], values: Values) -> Statement:
    """The statement that `compiled` makes of values like these.

    ValueError if anything else in it changes, TypeError for a value that could not be told apart.
    """
    first, second = (
        [_stand_in(value, 2 * at + turn) for at, value in enumerate(values)] for turn in (0, 1)
    )
    (sql, params, compiler), (again, others, _) = compiled(first), compiled(second)
    given = [(_adapted(one), _adapted(other)) for one, other in zip(first, second, strict=True)]
    slots = {
        # -1 for what is none of the values. psycopg has integers of its own, equal to ours.
        place: given.index(pair) if pair in given else -1
        for place, pair in enumerate(zip(params, others, strict=True))
        if pair[0] != pair[1]
    }
    if sql != again or set(slots.values()) != set(range(len(values))):
        raise ValueError(f"This cannot be prepared, as something else changes in it: {sql}")
    return Statement(sql, tuple(params), slots, compiler)


def _stand_in(value: Any, number: int) -> Any:
    match value:
        case UUID():
            return UUID(int=10**30 + number)
        case datetime():
            return datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
        case str():
            return f"value {number}"
        case int() if not isinstance(value, bool):
            return 10**9 + number
    raise TypeError(f"A prepared statement takes no {type(value).__name__}.")


def _adapted(value: Any) -> Any:
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if value is None:
        raise TypeError("A prepared statement takes no None.")
    return value
