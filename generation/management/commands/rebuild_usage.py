"""`manage.py rebuild_usage`: the daily figures anew, from the tasks and their ledger."""

from typing import Any

from django.core.management.base import CommandParser

from generation.management.guarded import GuardedCommand
from generation.money import rebuild


class Command(GuardedCommand):
    help = (
        "Writes the figures of the Usage page anew, day by day, from the tasks and their ledger; "
        "after TEAM_TIME_ZONE was changed, for instance. Everybody may go on working."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only say what differs, and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days = rebuild.all_days()
        wrong = 0
        for day in days:
            if options["check"]:
                found = rebuild.differences(day)
                wrong += len(found)
                for sentence in found:
                    self.stdout.write(sentence)
            else:
                rebuild.rebuild(day)
        if options["check"]:
            self.stdout.write(f"{len(days)} days: {wrong or 'no'} rows differ.")
            if wrong:
                raise SystemExit(1)
        else:
            self.stdout.write(f"{len(days)} days are as the ledger says.")
