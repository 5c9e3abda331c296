import gc
import os
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def keep_watchdog(**kwargs: Any) -> None:
    """The one schedule there is; the name keeps it single."""
    from django_q.models import Schedule

    Schedule.objects.update_or_create(
        name="watch",
        defaults={"func": "generation.jobs.watch", "schedule_type": Schedule.MINUTES, "minutes": 1},
    )


class GenerationConfig(AppConfig):
    name = "generation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # A collection in a forked worker would write to, and so copy, every page that it shares
        # with its parent: a third of the memory of a cluster's smaller processes.
        os.register_at_fork(before=gc.freeze, after_in_parent=gc.unfreeze)
        # django_q's tables exist by the time its own signal is sent.
        from django.apps import apps

        post_migrate.connect(keep_watchdog, sender=apps.get_app_config("django_q"))
