import os

import pytest

from generation.supervisor import prepare


@pytest.fixture
def commands(monkeypatch):
    """Names of the management commands that were called; collectstatic leaves its manifest."""
    called = []

    def call(name, **options):
        called.append(name)

    monkeypatch.setattr(prepare, "call_command", call)
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
    assert prepare.data_dir() == settings.DATA_DIR
    assert settings.DATA_DIR.stat().st_mode & 0o777 == 0o700


def test_static_files_are_collected_once(static, commands):
    prepare.static_files(quiet)
    prepare.static_files(quiet)
    assert commands == ["collectstatic"]


def test_a_changed_file_is_collected_again(static, commands):
    prepare.static_files(quiet)
    os.utime(static / "site.css", (1, 1))
    prepare.static_files(quiet)
    assert commands == ["collectstatic"] * 2


def test_a_new_file_is_collected(static, commands):
    prepare.static_files(quiet)
    (static / "more.css").write_text("")
    prepare.static_files(quiet)
    assert commands == ["collectstatic"] * 2


def test_a_removed_static_root_is_collected_again(static, commands, settings):
    prepare.static_files(quiet)
    (settings.STATIC_ROOT / "staticfiles.json").unlink()
    prepare.static_files(quiet)
    assert commands == ["collectstatic"] * 2


@pytest.mark.django_db
def test_a_migrated_database_is_left_alone(commands):
    prepare.database(quiet)
    assert commands == []


@pytest.mark.django_db
def test_missing_migrations_are_applied(commands, monkeypatch):
    said = []
    monkeypatch.setattr(prepare.MigrationExecutor, "migration_plan", lambda *_: ["one"])
    prepare.database(said.append)
    assert commands == ["migrate"]
    assert said == ["Preparing the database"]


@pytest.mark.django_db
def test_cache_tables_are_made_once(settings):
    backend = "django.core.cache.backends.db.DatabaseCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "fresh_cache"}}
    prepare.cache_tables()
    assert "fresh_cache" in prepare.connection.introspection.table_names()
    prepare.cache_tables()


@pytest.mark.django_db
def test_other_caches_need_no_table(settings, commands):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    prepare.cache_tables()
    assert commands == []
