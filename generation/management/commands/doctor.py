import shutil
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from generation.lifecycle import external_marks
from generation.media.stored import is_stored
from generation.models import SubjectImage, Task, kept_triggers, words_index
from generation.money import kept_rows, rebuild
from generation.monitoring import names, production, redis, secrets_check, sharing
from generation.monitoring.invariants import broken
from generation.monitoring.rights import open_to_others
from generation.monitoring.storage_check import storage_writable
from generation.schema import mismatch
from generation.workers.clusters import CLUSTERS
from generation.workers.gateway_clients import open_client
from generation.workers.heartbeats import heartbeats

Finding = tuple[bool, str]

CHECKED_DAYS = 7
"""Whose figures are compared with the ledger when not all are."""


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

        parser.add_argument(
            "--production",
            action="store_true",
            help="also say what is unsafe for an installation that others can reach",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        found = findings(everything=options["all"], files=options["files"])
        unsafe = production.findings() if options["production"] else iter(())
        for good, sentence in chain(found, unsafe):
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
    yield searches()
    yield from shared_files()
    yield from workers()
    yield from secrets_check.keys()
    yield from secrets_check.codes()
    yield from tasks()
    if files:
        yield from subjects()
    yield from promise(everything=everything, files=files)
    yield from usage(everything=everything)


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


def searches() -> Finding:
    why = words_index.trouble()
    return not why, why or "Searches have their index."


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
    found = broken(everything=everything, files=files)
    for one in found:
        yield False, f"Task {one.task_id} ({one.name}): {one.sentence}"
    if not found:
        which = "All tasks are" if everything else "Running and latest tasks are"
        yield True, f"{which} as promised{', with their files' if files else ''}."


def usage(*, everything: bool) -> Iterator[Finding]:
    if why := kept_triggers.trouble():
        yield False, why
    if zone := kept_rows.other_zone():
        yield (
            False,
            f"The figures of the Usage page count days of {zone}, and TEAM_TIME_ZONE is "
            f"{settings.TEAM_TIME_ZONE}: run manage.py rebuild_usage.",
        )
    days = rebuild.all_days() if everything else rebuild.latest_days(CHECKED_DAYS)
    wrong = [sentence for day in days for sentence in rebuild.differences(day)]
    for sentence in wrong:
        yield False, f"Usage of {sentence}. Run manage.py rebuild_usage."
    if not wrong:
        which = "every day" if everything else f"the last {CHECKED_DAYS} days"
        yield True, f"The figures of {which} are those of the ledger."
    if unknown := Task.objects.open().count():
        yield (
            True,
            f"{unknown} tasks have ended, and nobody knows what they cost: see the Usage page.",
        )
