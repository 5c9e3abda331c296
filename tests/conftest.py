"""What every test may ask for."""

import gc
import os
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from PIL import Image as Picture

from tests.processes import prepared

hypothesis_settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("patient")


def pytest_configure(config):
    if not hasattr(config, "workerinput") and prepared.begin():
        config.add_cleanup(prepared.end)


def pytest_collection_finish():
    """What is there by now stays: ten thousand tests need not be looked through for garbage."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Each process begins with a copy of the tables that one of the run has made."""
    from django.db import connection

    name = connection.creation._get_test_db_name()
    server = os.environ.get("TEST_DATABASE_URL", "")
    with prepared.postgres_copy(server, name) if server else prepared.sqlite_copy(Path(name)):
        yield
        connection.close()


@pytest.fixture(scope="session")
def django_db_keepdb():
    """Whoever copied it removes it."""
    return True


@pytest.fixture(scope="session")
def django_db_createdb():
    return False


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_ledger():
    """Between tests SQLite is emptied row by row, which the ledger's trigger forbids."""
    from django.db.backends.sqlite3.base import DatabaseWrapper

    flush = DatabaseWrapper.ops_class.sql_flush

    def sql_flush(self, *args, **options):
        statements = flush(self, *args, **options)
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            # Those of the search keep its index empty too.
            triggers = {name: sql for name, sql in cursor if not name.startswith("taskwords_")}
        drop = [f"DROP TRIGGER {name}" for name in triggers]
        return [*drop, *statements, *triggers.values()]

    DatabaseWrapper.ops_class.sql_flush = sql_flush
    yield
    DatabaseWrapper.ops_class.sql_flush = flush


FOLDERS = count()


@pytest.fixture
def tmp_path(tmp_path_factory):
    """Numbered through: pytest's own looks for a free name among those of all tests before."""
    folder = tmp_path_factory.getbasetemp() / f"{next(FOLDERS)}"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Every test stores its files in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()


@pytest.fixture(autouse=True)
def _own_connections():
    """Connections to the gateway are kept by the process, and each test has its own gateway."""
    from generation.lifecycle.polling import close_polls
    from generation.workers.gateway_clients import forget_clients

    yield
    close_polls()
    forget_clients()


@pytest.fixture
def own_cache(settings, request):
    """A cache of this test alone that follows its clock; Redis does neither."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    own = {"BACKEND": backend, "LOCATION": request.node.nodeid}
    settings.CACHES = settings.CACHES | {"default": own}


@pytest.fixture
def make_user(db):
    from generation.models import User

    def make(name, **fields):
        return User.objects.create_user(
            name, f"{name}@example.com", "correct horse battery", **fields
        )

    return make


@pytest.fixture
def alice(make_user):
    return make_user("alice")


@pytest.fixture
def bob(make_user):
    return make_user("bob")


@pytest.fixture
def admin(make_user):
    return make_user("ada", is_staff=True, is_superuser=True)


@pytest.fixture
def client_for():
    def login(user):
        client = Client()
        client.force_login(user)
        return client

    return login


@pytest.fixture
def team_key(db):
    from generation.models import ApiKey

    key = ApiKey(label="Team")
    key.keep_secret("sandbox-test-key-0000")
    key.save()
    return key


def picture(width=320, height=240, colour="#8a5a44", format="JPEG"):
    """The bytes of a plain picture with a diagonal, so that no two sizes look alike."""
    image = Picture.new("RGB", (width, height), colour)
    for step in range(min(width, height)):
        image.putpixel((step, step), (255, 255, 255))
    buffer = BytesIO()
    image.save(buffer, format)
    return buffer.getvalue()


@pytest.fixture
def upload():
    from django.core.files.uploadedfile import SimpleUploadedFile

    def make(name="frame.jpg", **options):
        return SimpleUploadedFile(name, picture(**options))

    return make
