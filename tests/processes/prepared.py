"""What a first start makes, made once for a run of tests and copied for each stack.

Tables and static files are seconds of work. That a start makes them by itself is tried where it
is the point: tests/supervisor/test_supervise.py and tests/processes/test_schema.py.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[2]
FOLDER = "TESTS_PREPARED"
"""The environment's name for the folder that all processes of a run share."""

SHARED = "TESTS_TOGETHER"
"""The environment's name for a folder that several runs side by side share, as those of CI do.

Whoever makes it calls `end()`. It is for the runs themselves: what a test runs has its own.
"""

TABLES = "bootstrap.data_dir(); bootstrap.migrate_database(print)"
FILES = "bootstrap.collect_static_files(print)"


def begin() -> bool:
    """For the first process of a run; the others inherit the folder's name. Whether it is ours."""
    shared = os.environ.pop(SHARED, "")
    os.environ[FOLDER] = shared or tempfile.mkdtemp(prefix="viduweb-prepared-")
    return not shared


def end() -> None:
    """Removes what was made."""
    folder = Path(os.environ.pop(FOLDER))
    for note in folder.glob("*.server"):
        with suppress(psycopg.OperationalError), _connection(note.read_text()) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{_name(folder)}"')
    shutil.rmtree(folder, ignore_errors=True)


def static_files(data_dir: Path) -> None:
    """Puts them where a start looks for them; without a run of tests none."""
    if (folder := _folder()) is None:
        return
    with _once(folder / "files") as is_first:
        if is_first:
            _prepare(folder / "files", FILES, DATABASE_URL="")
    shutil.copytree(folder / "files" / "static", data_dir / "static")
    shutil.copy2(folder / "files" / "static.stamp", data_dir)


def sqlite(data_dir: Path) -> None:
    """Puts a database with all tables there; without a run of tests none."""
    if _folder():
        shutil.copy2(_sqlite(), data_dir)


@contextmanager
def sqlite_copy(path: Path) -> Iterator[None]:
    """While it lasts a database with all tables is there."""
    shutil.copy2(_sqlite(), path)
    yield
    path.unlink()


@contextmanager
def postgres_copy(server: str, name: str) -> Iterator[None]:
    """While it lasts a database of this name with all tables is there."""
    with _connection(server) as connection:
        # One of a run that was cut off may be there.
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template(server)}"')
        yield
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _sqlite() -> Path:
    folder = Path(os.environ[FOLDER]) / "tables"
    with _once(folder) as is_first:
        if is_first:
            _prepare(folder, TABLES, DATABASE_URL="")
    return folder / "viduweb.sqlite3"


def template(server: str) -> str:
    """The name of a database there with all tables; without a run of tests an empty one."""
    if (folder := _folder()) is None:
        return "template1"
    name, place = _name(folder), folder / sha256(server.encode()).hexdigest()[:16]
    with _once(place) as is_first:
        if is_first:
            with _connection(server) as connection:
                # Of a run that was cut off half a one may be there.
                connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
                connection.execute(f'CREATE DATABASE "{name}"')
            place.with_suffix(".server").write_text(server)
            _prepare(place, TABLES, DATABASE_URL=f"{server.rsplit('/', 1)[0]}/{name}")
    return name


def _folder() -> Path | None:
    return Path(os.environ[FOLDER]) if FOLDER in os.environ else None


def _name(folder: Path) -> str:
    return f"viduweb_prepared_{folder.name.rpartition('-')[2]}"


def _connection(server: str) -> psycopg.Connection:
    return psycopg.connect(server, autocommit=True)


@contextmanager
def _once(place: Path) -> Iterator[bool]:
    """Whether this is the first process to come here; the others wait until that is done."""
    done = place.with_suffix(".done")
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def _prepare(data_dir: Path, code: str, **env: str) -> None:
    data_dir.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    code = f"from generation.supervisor import bootstrap; {code}"
    subprocess.run(
        (sys.executable, "manage.py", "shell", "--no-imports", "-c", code),
        cwd=ROOT,
        env=kept | {"DATA_DIR": str(data_dir), "REDIS_URL": "", **env},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=600,
    )
