import shutil
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from generation.lifecycle import external_marks
from generation.media.stored import is_stored
from generation.models import ApiKey, SubjectImage, Task
from generation.models.secrets import SecretUnreadable
from generation.monitoring import names, redis, sharing
from generation.monitoring.invariants import broken
from generation.monitoring.rights import open_to_others
from generation.monitoring.storage_check import storage_writable
from generation.schema import mismatch
from generation.workers.clusters import CLUSTERS
from generation.workers.gateway_clients import open_client
from generation.workers.heartbeats import heartbeats

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
    usable, said = database()
    yield usable, said
    yield from storage()
    yield rights()
    if settings.REDIS_URL:
        yield from redis.findings(settings.REDIS_URL)
    yield gateway()
    if not usable:
        # All else asks tables, which may be missing or others than we know.
        yield False, "Machines, workers, keys and tasks can be looked at once that is mended."
        return
    yield from shared_files()
    yield from workers()
    yield from keys()
    yield from tasks()
    if files:
        yield from subjects()
    yield from promise(everything=everything, files=files)


def database() -> Finding:
    try:
        why = mismatch()
    except DatabaseError as error:
        why = f"The database cannot be used: {' '.join(str(error).split())}"
    return not why, why or "Database is up to date."


def storage() -> Iterator[Finding]:
    writable = storage_writable()
    yield (
        writable,
        "Storage is writable."
        if writable
        else ("Storage cannot be written: check rights and space, of DATA_DIR or of the bucket."),
    )
    try:
        external_marks.read()
    except OSError as error:
        yield False, f"The marks of how far the database has come cannot be read: {error}"
    free = shutil.disk_usage(settings.DATA_DIR).free
    enough = free > 2 * 1024**3
    yield (
        enough,
        f"{free / 1024**3:.1f} GB free on the disk of DATA_DIR"
        + ("." if enough else ": make room before results cannot be saved."),
    )


def rights() -> Finding:
    found = sorted(map(str, open_to_others()))
    if not found:
        return True, "Database, files and secrets are closed to other users of this machine."
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return False, (
        f"Other users of this machine may read {', '.join(found[:3])}{more}: "
        f"start manage.py supervise, which closes them, or run chmod go-rwx."
    )


def shared_files() -> Iterator[Finding]:
    """Only where there may be several machines."""
    machines = [name for place in sharing.places() for name in place]
    if said := sharing.unhealthy_reason():
        yield False, said
    elif len(machines) > 1:
        yield True, f"{len(machines)} machines keep their files in the same place."
    if said := names.unhealthy_reason():
        yield False, said


def workers() -> Iterator[Finding]:
    now = timezone.now()
    living = {sign.cluster for sign in heartbeats() if sign.until > now}
    for name in CLUSTERS:
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
    if held := Task.objects.held().count():
        oldest = Task.objects.held().earliest("held_since").held_since
        yield (
            True,
            f"{held} tasks are held after a restore, since {oldest:%Y-%m-%d %H:%M} UTC: "
            "look at the gateway whether they were sent, and release them on the Engine page.",
        )


def subjects() -> Iterator[Finding]:
    """Every picture of the library that the storage does not have whole."""
    kept = SubjectImage.objects.filter(subject__archived_at=None, image__isnull=False)
    missing = [
        entry
        for entry in kept.select_related("subject", "image").iterator()
        if entry.image and not is_stored(str(entry.image.file), entry.image.bytes)
    ]
    for entry in missing:
        yield (
            False,
            f"Subject {entry.subject}: its picture “{entry.image}” is missing; "
            "upload the same picture again.",
        )
    if not missing:
        yield True, "The pictures of all subjects are there."


def promise(*, everything: bool, files: bool) -> Iterator[Finding]:
    """Every task that breaks an invariant, by name."""
    found = broken(everything=everything, files=files)
    for one in found:
        yield False, f"Task {one.task_id} ({one.name}): {one.sentence}"
    if not found:
        which = "All tasks are" if everything else "Running and latest tasks are"
        yield True, f"{which} as promised{', with their files' if files else ''}."
