import shutil
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from generation.lifecycle.clients import open_client
from generation.lifecycle.invariants import broken
from generation.lifecycle.vitals import signs, storage_writable
from generation.models import ApiKey, Task
from generation.models.secrets import SecretUnreadable

Finding = tuple[bool, str]


class Command(BaseCommand):
    help = "Checks the whole set-up and says how to mend what is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            help="look at all tasks, not only at those that run or changed lately",
        )
        parser.add_argument(
            "--files", action="store_true", help="look in the storage for every file of these tasks"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for good, sentence in findings(everything=options["all"], files=options["files"]):
            wrong += not good
            style = self.style.SUCCESS if good else self.style.ERROR
            self.stdout.write(f"{style('good ' if good else 'wrong')}  {sentence}")
        if wrong:
            raise CommandError(f"{wrong} to mend.")


def findings(*, everything: bool = False, files: bool = False) -> Iterator[Finding]:
    yield from database()
    yield from storage()
    yield from workers()
    yield from keys()
    yield gateway()
    yield from tasks()
    yield from promise(everything=everything, files=files)


def database() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield (
        not waiting,
        "Database is up to date."
        if not waiting
        else (f"{len(waiting)} migrations are not applied: run manage.py migrate."),
    )


def storage() -> Iterator[Finding]:
    writable = storage_writable()
    yield (
        writable,
        "Storage is writable."
        if writable
        else ("Storage cannot be written: check rights and space, of DATA_DIR or of the bucket."),
    )
    free = shutil.disk_usage(settings.DATA_DIR).free
    enough = free > 2 * 1024**3
    yield (
        enough,
        f"{free / 1024**3:.1f} GB free on the disk of DATA_DIR"
        + ("." if enough else ": make room before results cannot be saved."),
    )


def workers() -> Iterator[Finding]:
    now = timezone.now()
    living = {sign.cluster for sign in signs() if sign.until > now}
    for name in ("default", "poll"):
        alive = name in living
        yield (
            alive,
            f"Cluster {name} is alive."
            if alive
            else (f"Cluster {name} gives no sign of life: start manage.py supervise."),
        )


def keys() -> Iterator[Finding]:
    usable = ApiKey.objects.filter(active=True)
    if not usable.exists():
        yield False, "There is no active key: add one on the Keys page."
    for key in usable:
        try:
            key.reveal()
        except SecretUnreadable:
            yield False, f"Key {key.label} cannot be decrypted: check ENCRYPTION_KEYS."
        else:
            yield (
                not key.paused_at,
                f"Key {key.label} …{key.last_four} "
                + (
                    f"is refused by the gateway: {key.last_error}"
                    if key.paused_at
                    else "is readable."
                ),
            )


def gateway() -> Finding:
    with open_client() as client:
        answer = client.probe("doctor-no-such-key", timeout=5)
    reached = answer.status is not None
    where = "The sandbox" if settings.SANDBOX else "The gateway"
    return reached, f"{where} answers." if reached else f"{where} does not answer: {answer.reason}"


def tasks() -> Iterator[Finding]:
    for state, sentence in (
        (Task.State.UNCERTAIN, "wait for a person to decide"),
        (Task.State.LOST, "lost their result"),
    ):
        count = Task.objects.filter(state=state).count()
        if count:
            yield True, f"{count} tasks {sentence}."


def promise(*, everything: bool, files: bool) -> Iterator[Finding]:
    """Every task that breaks an invariant, by name."""
    found = broken(everything=everything, files=files)
    for one in found:
        yield False, f"Task {one.task_id} ({one.name}): {one.sentence}"
    if not found:
        which = "All tasks are" if everything else "Running and latest tasks are"
        yield True, f"{which} as promised{', with their files' if files else ''}."
