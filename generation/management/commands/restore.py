from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.backup import BackupError
from generation.backup.read import check, restore, unreadable_keys
from generation.models import AuditEvent
from generation.schema import make_folder
from generation.supervisor import bootstrap
from generation.supervisor.bootstrap import Lock
from generation.supervisor.services import StartupError


class Command(BaseCommand):
    help = "Fills this empty installation from the backup FILE, and holds the tasks that waited."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--check", action="store_true", help="only see whether FILE is whole")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"].absolute()
        make_folder()
        try:
            if options["check"]:
                _, summary = check(path, self.stdout.write)
                self.stdout.write(f"{path} is whole: {_content(summary)}.")
                return
            with closing(Lock(bootstrap.data_dir() / "supervisor.lock")) as lock:
                lock.acquire(patience=1.0)
                summary, held = restore(path, self.stdout.write)
        except (BackupError, StartupError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The backup could not be restored: {error}") from None
        AuditEvent.objects.create(what="backup.restored", target=path.name)
        self.stdout.write(f"Restored: {_content(summary)}.")
        if held:
            self.stdout.write(
                f"{held} tasks wait on hold, as they may have been sent after the backup was made: "
                "an admin releases them on the Engine page."
            )
        if number := unreadable_keys():
            self.stderr.write(
                f"{number} keys cannot be decrypted: set ENCRYPTION_KEYS to what it was where the "
                "backup was made (without that setting: the file encryption_key in its DATA_DIR), "
                "or enter the keys again."
            )


def _content(summary: dict[str, Any]) -> str:
    rows = sum(summary["tables"].values())
    return f"{rows:,} rows and {summary['files']:,} files of {summary['bytes'] / 10**6:,.1f} MB"
