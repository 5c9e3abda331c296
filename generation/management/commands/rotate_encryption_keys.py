from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from generation.management.guarded import GuardedCommand
from generation.models import Alert, ApiKey, RetiredSecret, Webhook
from generation.models.secrets import SecretUnreadable, rotate
from generation.models.webhook import WithWebhook
from generation.people.seeds import rotate_seeds


class Command(GuardedCommand):
    help = "Encrypts every stored key and seed with the first of ENCRYPTION_KEYS; then the old ones may go."

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable: list[str] = []
        with transaction.atomic():
            keys: list[ApiKey | RetiredSecret] = [
                *ApiKey.objects.select_for_update(),
                *RetiredSecret.objects.select_for_update(),
            ]
            for key in keys:
                try:
                    key.secret = rotate(key.secret)
                except SecretUnreadable:
                    unreadable.append(str(key))
                    continue
                key.save(update_fields=["secret"])
            seeds, of_people = rotate_seeds()
            webhooks = _rotate_webhooks()
        self.stdout.write(f"{len(keys) - len(unreadable)} of {len(keys)} keys encrypted anew.")
        if seeds or of_people:
            total = seeds + len(of_people)
            self.stdout.write(f"{seeds} of {total} seeds of second factors encrypted anew.")
        unreadable += [*of_people, *webhooks]
        if unreadable:
            raise CommandError(
                "Not readable with any of ENCRYPTION_KEYS, enter them again: "
                + ", ".join(unreadable)
            )


def _rotate_webhooks() -> list[str]:
    """Those that cannot be read."""
    unreadable = []
    found: dict[WithWebhook, str] = {
        **{
            alert: f"the webhook of the alert “{alert.get_kind_display()}”"
            for alert in Alert.objects.select_for_update().exclude(webhook="")
        },
        **{hook: f"the webhook “{hook}”" for hook in Webhook.objects.select_for_update()},
    }
    for row, name in found.items():
        try:
            row.webhook = rotate(row.webhook)
            row.secret = rotate(row.secret) if row.secret else ""
        except SecretUnreadable:
            unreadable.append(name)
        else:
            row.save(update_fields=["webhook", "secret"])
    return unreadable
