from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from generation.models import ApiKey
from generation.models.secrets import SecretUnreadable, rotate


class Command(BaseCommand):
    help = "Encrypts every stored key with the first of ENCRYPTION_KEYS; then the old ones may go."

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = []
        with transaction.atomic():
            keys = list(ApiKey.objects.select_for_update())
            for key in keys:
                try:
                    key.secret = rotate(key.secret)
                except SecretUnreadable:
                    unreadable.append(key.label)
                    continue
                key.save(update_fields=["secret"])
        self.stdout.write(f"{len(keys) - len(unreadable)} of {len(keys)} keys encrypted anew.")
        if unreadable:
            raise CommandError(
                "Not readable with any of ENCRYPTION_KEYS, enter them again: "
                + ", ".join(unreadable)
            )
