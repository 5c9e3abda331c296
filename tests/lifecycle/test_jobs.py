"""The names by which messages in a queue call for work."""

import pytest
from django.utils.module_loading import import_string
from django_q.models import Schedule

from generation import jobs
from generation.apps import keep_reconciling

NOW = {"submit": jobs.dispatch, "follow": jobs.poll, "watch": jobs.reconcile}


@pytest.mark.parametrize("name", NOW)
def test_a_message_of_the_last_release_still_finds_its_job(name):
    assert import_string(f"generation.jobs.{name}") is NOW[name]


def test_a_schedule_of_the_last_release_is_replaced(db):
    Schedule.objects.all().delete()
    Schedule.objects.create(
        name="watch", func="generation.jobs.watch", schedule_type="I", minutes=1
    )
    keep_reconciling()
    assert list(Schedule.objects.values_list("name", "func", "minutes")) == [
        ("reconcile", "generation.jobs.reconcile", 1)
    ]
