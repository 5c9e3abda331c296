"""Before the services start: one supervisor a data directory, and what has to be up to date."""

import contextlib
import errno
import fcntl
import hashlib
import logging
import os
import pickle
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, cast

import psutil
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection

from generation import schema
from generation.lifecycle import hold
from generation.monitoring import sharing
from generation.monitoring.rights import close_to_others
from generation.people.settings_audit import note_changed_settings

from .runner import exit_reason
from .services import StartupError

logger = logging.getLogger(__name__)
T = TypeVar("T")

Say = Callable[[str], None]
STAMP = "static.stamp"


def data_dir() -> Path:
    """The data directory; made readable by its owner only."""
    path: Path = settings.DATA_DIR
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


class Lock:
    """An exclusive lock on a file that holds its owner's process id; freed with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a+")
        path.chmod(0o600)

    @property
    def fd(self) -> int:
        return self._file.fileno()

    def acquire(self, *, patience: float = 20.0) -> None:
        """Takes the lock or raises StartupError.

        When its owner was killed, its reaper still ends the services: that is waited for.
        """
        until = time.monotonic() + patience
        while not self._try():
            owner = self._owner()
            if owner is None or psutil.pid_exists(owner) or time.monotonic() > until:
                raise StartupError(
                    f"viduweb is already running on {self._path.parent}"
                    f"{f' (process {owner})' if owner else ''}. "
                    "Stop it first, or set DATA_DIR and PORT to run a second one."
                )
            time.sleep(0.1)
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def _try(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            return False
        return True

    def _owner(self) -> int | None:
        self._file.seek(0)
        text = self._file.read().strip()
        return int(text) if text.isdigit() else None


def run_in_child(work: Callable[[], T]) -> T:
    """What `work` returns or raises in a process of its own, so that nothing it loads stays here.

    Call it without threads and without connections to the database; result and error have to be
    picklable. Signals do not interrupt it: what is half migrated is finished first. A child that
    is killed gets a second try; then StartupError is raised.
    """
    for _ in range(2):
        answer, status = _fork_and_wait(work)
        if answer:
            result, error = pickle.loads(answer)  # noqa: S301  # from ourselves
            if error:
                raise error
            return cast(T, result)
    raise StartupError(f"The preparation {exit_reason(os.waitstatus_to_exitcode(status))}.")


def _fork_and_wait(work: Callable[[], object]) -> tuple[bytes, int]:
    ours, theirs = os.pipe()
    sys.stdout.flush()
    if pid := os.fork():
        os.close(theirs)
        with os.fdopen(ours, "rb") as pipe:
            return pipe.read(), os.waitpid(pid, 0)[1]
    try:
        answer = _outcome(work)
        sys.stdout.flush()
        with os.fdopen(theirs, "wb") as pipe:
            pipe.write(answer)
    finally:
        os._exit(0)


def _outcome(work: Callable[[], object]) -> bytes:
    try:
        return pickle.dumps((work(), None))
    except Exception as error:
        error.add_note("".join(traceback.format_exception(error)))
        with contextlib.suppress(Exception):
            pickle.loads(answer := pickle.dumps((None, error)))  # noqa: S301
            return answer
        return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}")))


def prepare(say: Say, *, workers: bool = True) -> None:
    """Brings rights, database and static files up to date; a tenth of a second when they are.

    With `workers` it also finds out whether the database was set back.
    """
    restrict_permissions(say)
    migrate_database(say)
    note_changed_settings()
    if workers:
        check_for_rollback(say)
    collect_static_files(say)


def restrict_permissions(say: Say) -> None:
    for path in close_to_others():
        say(
            f"Other users of this machine may read {path}, and it cannot be closed to them from here."
        )


def migrate_database(say: Say) -> None:
    """Brings the tables up to date; raises StartupError when they are a newer version's."""
    why = schema.mismatch()
    if schema.is_newer(why):
        raise StartupError(why)
    if why:
        say("Preparing the database")
        # Of machines that start together one does it; the others wait, and find it done.
        call_command("migrate", interactive=False, verbosity=0)
    if _missing_caches():
        with schema.changing(say):
            create_cache_tables()


def check_for_rollback(say: Say) -> None:
    """Holds what waits in a restored database, before any worker can send it."""
    try:
        held = hold.check()
        hold.remove_old_marks()
    except OSError as error:
        say(f"The mark of how far the database has come cannot be read or written: {error}")
        return
    if held:
        what = "1 task is" if held == 1 else f"{held} tasks are"
        say(f"{what} held after a restore: see the Engine page.")


def create_cache_tables() -> None:
    """Makes the tables of database caches; looks first, so that nothing is locked for nothing."""
    if _missing_caches():
        call_command("createcachetable", verbosity=0)


def _missing_caches() -> set[str]:
    caches = settings.CACHES.values()
    tables = {cache["LOCATION"] for cache in caches if cache["BACKEND"].endswith("DatabaseCache")}
    return tables - set(connection.introspection.table_names()) if tables else set()


def collect_static_files(say: Say) -> None:
    stamp = settings.DATA_DIR / STAMP
    fingerprint = static_fingerprint()
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return
    say("Collecting the static files")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint)


def require_shared_files() -> None:
    """Raises StartupError while living machines have their files elsewhere."""
    if not sharing.may_be_several():
        return
    try:
        sharing.note()
    except OSError as error:
        # An unreadable storage is /readyz's and the doctor's to tell.
        logger.warning("cannot tell where our files are: %s", error)
    if reason := sharing.unhealthy_reason():
        sharing.forget()
        raise StartupError(reason)


def static_fingerprint() -> str:
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for line in sorted(_static_sources()):
        digest.update(line.encode())
    return digest.hexdigest()


def _static_sources() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            yield f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n"
