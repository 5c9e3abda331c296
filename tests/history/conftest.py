"""A database with a long history, made once for all tests here (`TOGETHER` of tests/grouping.py)."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from tests.support.clips import drawn_once

TASKS = 20_000
USERS = 20


@pytest.fixture(scope="package", autouse=True)
def _clips_are_drawn_once(tmp_path_factory):
    with drawn_once(tmp_path_factory.mktemp("clips")):
        yield


@pytest.fixture(scope="package")
def history(django_db_setup, django_db_blocker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    with django_db_blocker.unblock():
        try:
            with override_settings(MEDIA_ROOT=folder / "media", DATA_DIR=folder):
                call_command("fake_history", tasks=TASKS, users=USERS, stdout=StringIO())
            _forget_earlier_tests()
            yield folder
        finally:
            call_command("flush", interactive=False, verbosity=0)
            cache.clear()


def _forget_earlier_tests():
    """PostgreSQL reckons with the pages that their rows have left, and would rather read an index whole."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in apps.get_app_config("generation").get_models():
                cursor.execute(f'VACUUM (FULL, ANALYZE) "{model._meta.db_table}"')
