"""`manage.py fake_history`: fills the database with made-up tasks, to try and to measure with."""

from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from generation.catalog import MODELS
from generation.fake import figures
from generation.fake.copies import Copier, Plan
from generation.fake.files import make_image, make_samples
from generation.fake.marks import plant
from generation.fake.patterns import Cast, make_patterns, rows
from generation.fake.people import LABEL, make_subjects, make_users
from generation.lifecycle import subject_uses
from generation.lifecycle.task_counts import recount
from generation.management.guarded import GuardedCommand
from generation.models import Task, TaskWords, kept_triggers, next_revision, words
from generation.money import prices

PATTERNS = 400
"""Tasks made one by one; all others are copies of them, at other times."""

UNCERTAIN = 5
TASKS_AT_ONCE = 20_000
"""Tasks a transaction: others get in between."""

SETTLED = timedelta(hours=2)
"""The last made-up task has ended by now, however long it took."""

CACHE_MB = 256


class Command(GuardedCommand):
    help = (
        "Fills the database with made-up tasks of made-up members, in every end state, for trying "
        "and measuring. Their key is called “Fake history”, their prompts end with (fake). They "
        "cannot be taken away again: use a DATA_DIR of its own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--tasks", type=_positive, default=10_000, help="how many (%(default)s)"
        )
        parser.add_argument("--users", type=_positive, default=20, help="of whom (%(default)s)")
        parser.add_argument("--days", type=_positive, default=365, help="since when (%(default)s)")
        parser.add_argument("--force", action="store_true", help="in production too")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION and not options["force"]:
            raise CommandError(
                "This is production: made-up tasks would stay among the real ones for good. "
                "Try it with another DATA_DIR or DATABASE_URL; --force does it all the same."
            )
        # What has been counted is kept there; `migrate` alone makes no cache.
        call_command("createcachetable", verbosity=0)
        tasks = options["tasks"]
        plan = _first(tasks, options["users"], timedelta(days=options["days"]))
        if plan.copies:
            _use_memory()
            self._copy(plan)
        if TaskWords.objects.count() < Task.objects.count():
            words.fill()
        users = make_users(options["users"])
        with transaction.atomic():
            # Row by row they would take as long as all the rest. Nobody else gets in between.
            kept_triggers.take_down()
            next_revision()
            plant(plan, users)
            figures.add(plan)
            kept_triggers.put_up()
        _learn()
        recount()
        subject_uses.recount()
        prices.begin()
        self.stdout.write(
            f"{tasks} made-up tasks of {options['users']} members are in the database. "
            f"Their key is called “{LABEL}”. Reload pages that are open."
        )

    def _copy(self, plan: Plan) -> None:
        copier = Copier(plan)
        copier.prepare()
        step = max(1, TASKS_AT_ONCE // len(plan.patterns))
        for low in range(1, plan.copies + 1, step):
            high = min(low + step - 1, plan.copies)
            copier.write(low, high)
            self.stdout.write(f"{high * len(plan.patterns)} tasks")
        copier.finish()


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ArgumentTypeError("must be a whole number from 1 up")
    return int(text)


def _first(tasks: int, users: int, time: timedelta) -> Plan:
    uncertain = min(UNCERTAIN, tasks // 20)
    rounds = max(1, (tasks - uncertain) // PATTERNS)
    each = (tasks - uncertain) // rounds
    alone = tasks - each * rounds
    window = max(1, int(time.total_seconds()) // rounds)
    with transaction.atomic():
        newest = next_revision(tasks)
        began = timezone.now() - SETTLED - timedelta(seconds=window)
        patterns = make_patterns(
            alone + each, _cast(users), began, timedelta(seconds=window), uncertain
        )
        first = newest - len(patterns) + 1
        for number, pattern in enumerate(patterns):
            pattern.task.revision = pattern.task.born_revision = first + number
        for found in rows(patterns):
            if found:
                type(found[0])._default_manager.bulk_create(found)
    made = [pattern.task for pattern in patterns]
    return Plan(made[:alone], made[alone:], rounds - 1, window, newest - tasks + 1)


def _cast(users: int) -> Cast:
    members = make_users(users)
    limits = next(
        parameter.images
        for spec in MODELS.values()
        for parameter in spec.parameters
        if parameter.images
    )
    image = make_image(members[0], limits)
    return Cast(members, image, make_subjects(members, image), make_samples())


def _use_memory() -> None:
    """A SQLite with room for its indexes: else it reads and writes each page over and over."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size=-{CACHE_MB * 1024}")


def _learn() -> None:
    """PostgreSQL finds out by itself how much there is, but a minute later."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
