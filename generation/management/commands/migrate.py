from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from generation import schema
from generation.models import words_index


class Command(Migrate):
    """Django's own, one at a time, and never on what a newer version has made."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        # The checks before `handle` ask the database already.
        schema.make_folder()
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        looks_only = options["check_unapplied"] or options["plan"]
        if looks_only or options["database"] != "default":
            super().handle(*args, **options)
            return
        with schema.changing(self.stderr.write):
            why = schema.mismatch()
            if schema.is_newer(why):
                raise CommandError(why)
            with schema.checked_once():
                super().handle(*args, **options)
            if connection.vendor == "postgresql":
                # It may have been refused the extension when its migration ran.
                words_index.build()
