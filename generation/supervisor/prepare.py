"""What has to be done before the services can start, and only if it has to be."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

Say = Callable[[str], None]
STAMP = "static.stamp"


def data_dir() -> Path:
    """The data directory; made readable by its owner only."""
    path: Path = settings.DATA_DIR
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def everything(say: Say) -> None:
    """Brings database and static files up to date; a tenth of a second when they are."""
    database(say)
    cache_tables()
    static_files(say)


def database(say: Say) -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database")
        call_command("migrate", interactive=False, verbosity=0)


def cache_tables() -> None:
    """Makes the tables of database caches; looks first, so that nothing is locked for nothing."""
    caches = settings.CACHES.values()
    tables = {cache["LOCATION"] for cache in caches if cache["BACKEND"].endswith("DatabaseCache")}
    if tables - set(connection.introspection.table_names()):
        call_command("createcachetable", verbosity=0)


def static_files(say: Say) -> None:
    """Collects the static files when their sources changed since the last time."""
    stamp = settings.DATA_DIR / STAMP
    fingerprint = static_fingerprint()
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return
    say("Collecting the static files")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint)


def static_fingerprint() -> str:
    """A hash over names, sizes and times of all static sources."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for line in sorted(_static_sources()):
        digest.update(line.encode())
    return digest.hexdigest()


def _static_sources() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            yield f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n"
