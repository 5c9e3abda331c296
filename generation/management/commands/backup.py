from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from generation.backup import BackupError
from generation.backup.write import backup
from generation.management.guarded import GuardedCommand
from generation.models import AuditEvent
from generation.schema import is_newer, mismatch


class Command(GuardedCommand):
    help = "Writes the database and every file that it names into FILE, while everything runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def check_migrations(self) -> None:
        # Files of columns that are not known here would be left out. An older one is refused later.
        if is_newer(mismatch()):
            super().check_migrations()

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"].absolute()
        try:
            summary = backup(path, self.stdout.write)
        except BackupError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The backup could not be written: {error}") from None
        AuditEvent.objects.create(what="backup.made", target=path.name)
        rows = sum(summary["tables"].values())
        self.stdout.write(
            f"{path}: {rows:,} rows, {summary['files']:,} files, "
            f"{path.stat().st_size / 10**6:,.1f} MB. ENCRYPTION_KEYS are not in it: keep them apart."
        )
        if missing := summary["missing"]:
            raise CommandError(
                f"The backup is made, but {len(missing)} files that the database names are not in "
                f"the storage, {missing[0]} the first. manage.py doctor --all --files tells whose."
            )
