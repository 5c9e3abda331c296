"""What every command that works on the database stands on."""

from django.core.management.base import BaseCommand, CommandError

from generation.schema import make_folder, mismatch


class GuardedCommand(BaseCommand):
    """Refused while code and database belong to different versions, as pages and jobs are.

    Django asks here, before `handle` and whatever was skipped; its own answer is but a warning,
    and none at all where the database is the newer one.
    """

    requires_migrations_checks = True

    def check_migrations(self) -> None:
        make_folder()
        if why := mismatch():
            raise CommandError(why)
