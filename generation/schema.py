"""Whether this code and the database belong together, and one at a time who changes its tables."""

import fcntl
import logging
import os
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ParamSpec

from django.apps import apps
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)
P = ParamSpec("P")

LOCK = 0x76696475
"""The number of our advisory lock in PostgreSQL."""

OLDER = (
    "The database is older than this version of viduweb ({}): run manage.py migrate, "
    "or start manage.py supervise, which does it."
)
NEWER = (
    "The database was changed by a newer version of viduweb ({}): "
    "start that version here. This one does not work on it."
)


@cache
def _known() -> frozenset[tuple[str, str]]:
    """App and name of every migration of this code, which is not loaded for that."""
    found = set()
    for app in apps.get_app_configs():
        spec = find_spec(f"{app.name}.migrations")
        for module in pkgutil.iter_modules(spec.submodule_search_locations if spec else None):
            if spec and not module.ispkg and module.name[0] not in "_~":
                found.add((app.label, module.name))
    return frozenset(found)


def mismatch() -> str:
    """Why this code must not work on the database; "" when it may. One query."""
    labels = {app for app, _ in _known()}
    recorder = MigrationRecorder(connection)
    rows = recorder.migration_qs.values_list("app", "name") if recorder.has_table() else []
    applied = {(app, name) for app, name in rows if app in labels}
    if newer := sorted(applied - _known()):
        return NEWER.format(".".join(newer[-1]))
    if older := sorted(_known() - applied):
        return OLDER.format(f"{'.'.join(older[0])} is not applied")
    return ""


def is_newer(why: str) -> bool:
    return why.startswith(NEWER.partition("(")[0])


def only_on_our_schema(job: Callable[P, None]) -> Callable[P, None]:
    @wraps(job)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        why = mismatch()
        if why:
            logger.error("%s", why)
            return
        job(*args, **kwargs)

    return guarded


@contextmanager
def changing(say: Callable[[str], object]) -> Iterator[None]:
    """Holds off every other process that wants to change the tables, on any machine.

    The lock goes with the process that holds it.
    """
    with _advisory(say) if connection.vendor == "postgresql" else _file(say):
        yield


@contextmanager
def checked_once() -> Iterator[None]:
    """SQLite looks at every reference of every row after each migration: here after the last alone.

    With a million tasks that is most of an upgrade. Raises what Django would: IntegrityError.
    """
    if connection.vendor != "sqlite":
        yield
        return
    own: Any = connections[connection.alias]
    put_off: list[object] = []
    own.check_constraints = lambda *tables: put_off.append(tables)
    try:
        yield
    finally:
        del own.check_constraints
    if put_off:
        own.check_constraints()


WAITING = "Another process is changing the database's tables: waiting for it."


@contextmanager
def _advisory(say: Callable[[str], object]) -> Iterator[None]:
    # A connection of its own: what happens to the other one does not free it.
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                say(WAITING)
                cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield
    finally:
        own.close()


@contextmanager
def _file(say: Callable[[str], object]) -> Iterator[None]:
    if (database := _sqlite_file()) is None:
        yield
        return
    make_folder()
    path = Path(f"{database}.lock")
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(WAITING)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def make_folder() -> None:
    """For the database that is not there yet: SQLite makes its file, but no folder for it."""
    if connection.vendor == "sqlite" and (database := _sqlite_file()):
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def _sqlite_file() -> Path | None:
    name = str(connection.settings_dict["NAME"])
    return None if name.startswith("file:") or name == ":memory:" else Path(name)
