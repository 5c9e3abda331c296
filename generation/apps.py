import gc
import os
import sys
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from .garbage import end_of_loading


def keep_reconciling(**kwargs: Any) -> None:
    """The one schedule there is; the name keeps it single."""
    from django_q.models import Schedule

    Schedule.objects.filter(name="watch").delete()
    Schedule.objects.update_or_create(
        name="reconcile",
        defaults={
            "func": "generation.jobs.reconcile",
            "schedule_type": Schedule.MINUTES,
            "minutes": 1,
        },
    )


def begin_epoch(**kwargs: Any) -> None:
    """At migration, so that a new database is not taken for one that was set back."""
    from generation.lifecycle import hold

    hold.begin(upgraded=True)


def add_up_usage(**kwargs: Any) -> None:
    from generation.models import kept_triggers
    from generation.money import rebuild

    kept_triggers.put_up()
    rebuild.begin()


def free_tables(plan: Any = (), **kwargs: Any) -> None:
    """Before migrations, if there are any: SQLite alters no table that a trigger speaks of."""
    from generation.models import kept_triggers

    if plan:
        kept_triggers.take_down()


class GenerationConfig(AppConfig):
    name = "generation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # A collection in a forked worker would write to, and so copy, every page that it shares
        # with its parent: a third of the memory of a cluster's smaller processes.
        # So would one in the parent, for what is forked from it later.
        os.register_at_fork(before=gc.freeze)
        if sys.argv[1:2] == ["qcluster"]:
            # Loaded before the cluster forks, its workers share them: 20 MB a worker.
            import_module("generation.jobs")
            end_of_loading()
        from django.contrib.auth.signals import user_logged_in

        from generation.people.sessions import began

        user_logged_in.connect(began, dispatch_uid="sessions-began")
        # django_q's tables exist by the time its own signal is sent.
        from django.apps import apps

        post_migrate.connect(keep_reconciling, sender=apps.get_app_config("django_q"))
        post_migrate.connect(begin_epoch, sender=self)
        pre_migrate.connect(free_tables, sender=self)
        post_migrate.connect(add_up_usage, sender=self)
