import os
import signal

import pytest

from generation.lifecycle import external_marks, hold
from generation.models import Task
from generation.supervisor import bootstrap
from generation.supervisor.services import StartupError
from tests.factories import make_task

# pytest-xdist has a thread of its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


@pytest.fixture
def commands(monkeypatch):
    """Names of the management commands that were called; collectstatic leaves its manifest."""
    called = []

    def call(name, **options):
        called.append(name)

    monkeypatch.setattr(bootstrap, "call_command", call)
    return called


@pytest.fixture
def static(settings, tmp_path):
    """A source directory with one file, and a STATIC_ROOT that has been collected."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "site.css").write_text("body {}")
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT.mkdir()
    (settings.STATIC_ROOT / "staticfiles.json").write_text("{}")
    return source


def quiet(text):
    pass


def test_the_data_directory_is_private(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "new" / "var"
    assert bootstrap.data_dir() == settings.DATA_DIR
    assert settings.DATA_DIR.stat().st_mode & 0o777 == 0o700


def test_static_files_are_collected_once(static, commands):
    bootstrap.collect_static_files(quiet)
    bootstrap.collect_static_files(quiet)
    assert commands == ["collectstatic"]


def test_a_changed_file_is_collected_again(static, commands):
    bootstrap.collect_static_files(quiet)
    os.utime(static / "site.css", (1, 1))
    bootstrap.collect_static_files(quiet)
    assert commands == ["collectstatic"] * 2


def test_a_new_file_is_collected(static, commands):
    bootstrap.collect_static_files(quiet)
    (static / "more.css").write_text("")
    bootstrap.collect_static_files(quiet)
    assert commands == ["collectstatic"] * 2


def test_a_removed_static_root_is_collected_again(static, commands, settings):
    bootstrap.collect_static_files(quiet)
    (settings.STATIC_ROOT / "staticfiles.json").unlink()
    bootstrap.collect_static_files(quiet)
    assert commands == ["collectstatic"] * 2


@pytest.mark.django_db
def test_a_migrated_database_is_left_alone(commands):
    bootstrap.migrate_database(quiet)
    assert commands == []


@pytest.mark.django_db
def test_missing_migrations_are_applied(commands, monkeypatch):
    said = []
    monkeypatch.setattr(
        bootstrap.schema, "mismatch", lambda: "The database is older than this code."
    )
    bootstrap.migrate_database(said.append)
    assert commands == ["migrate"]
    assert said == ["Preparing the database"]


HELD = "2 tasks are held after a restore: see the Engine page."


@pytest.fixture
def set_back(static, alice, settings):
    """Two tasks wait in a database whose mark is gone."""
    tasks = {make_task(alice, "queued"), make_task(alice, "queued")}
    hold.check()
    (settings.DATA_DIR / external_marks.NAME).unlink()
    return tasks


@pytest.mark.django_db
def test_what_waits_in_a_database_that_was_set_back_is_held(set_back):
    said = []
    bootstrap.check_for_rollback(said.append)
    assert set(Task.objects.held()) == set_back
    assert said == [HELD]


@pytest.mark.django_db
def test_what_waits_in_a_database_with_its_mark_is_left_alone(static, alice):
    make_task(alice, "queued")
    hold.check()
    said = []
    bootstrap.check_for_rollback(said.append)
    assert not Task.objects.held().exists()
    assert said == []


@pytest.mark.django_db
def test_a_start_with_workers_looks_and_one_without_does_not(set_back, commands):
    said = []
    bootstrap.prepare(said.append, workers=False)
    assert not Task.objects.held().exists()
    bootstrap.prepare(said.append)
    assert set(Task.objects.held()) == set_back
    assert said.count(HELD) == 1


@pytest.mark.django_db
def test_cache_tables_are_made_once(settings):
    backend = "django.core.cache.backends.db.DatabaseCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "fresh_cache"}}
    bootstrap.create_cache_tables()
    assert "fresh_cache" in bootstrap.connection.introspection.table_names()
    bootstrap.create_cache_tables()


@pytest.mark.django_db
def test_other_caches_need_no_table(settings, commands):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    bootstrap.create_cache_tables()
    assert commands == []


def test_work_in_a_child_gives_its_result():
    assert bootstrap.run_in_child(lambda: os.getppid()) == os.getpid()


def test_work_in_a_child_raises_what_it_raised_and_says_where():
    def work():
        raise StartupError("the port is taken")

    with pytest.raises(StartupError, match="the port is taken") as caught:
        bootstrap.run_in_child(work)
    assert "in work" in caught.value.__notes__[0]


def test_an_error_that_cannot_travel_is_told_all_the_same():
    class Local(Exception):
        pass

    def work():
        raise Local("odd")

    with pytest.raises(RuntimeError, match="Local: odd"):
        bootstrap.run_in_child(work)


def test_a_killed_child_gets_a_second_try(tmp_path):
    def work():
        if not (tmp_path / "tried").exists():
            (tmp_path / "tried").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "done"

    assert bootstrap.run_in_child(work) == "done"


def test_a_child_that_is_always_killed_ends_the_start():
    with pytest.raises(StartupError, match=r"preparation was ended by SIGKILL"):
        bootstrap.run_in_child(lambda: os.kill(os.getpid(), signal.SIGKILL))
