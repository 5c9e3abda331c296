"""Other users of the machine read nothing of ours, whatever folder we were given."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from generation.management.commands.doctor import rights as doctors
from generation.monitoring.rights import close_to_others, open_to_others
from generation.supervisor import bootstrap

ROOT = Path(__file__).parent.parent.parent


def mode(path):
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.fixture
def data(settings, monkeypatch):
    """A folder of an older release, which left the rights to the machine's umask."""
    folder = Path(settings.DATA_DIR)
    for name in ("secret_key", "encryption_key", "viduweb.sqlite3", "viduweb.sqlite3-wal"):
        (folder / name).write_text("x")
        (folder / name).chmod(0o644)
    settings.BASE_DIR = folder.parent
    (folder.parent / ".env").write_text("SECRET_KEY=x")
    (folder.parent / ".env").chmod(0o640)
    (folder / "media").mkdir()
    settings.MEDIA_ROOT = folder / "media"
    for path in (folder, folder / "media"):
        path.chmod(0o755)
    monkeypatch.setattr("generation.monitoring.rights._database", lambda: [])
    return folder


def test_an_old_folder_is_closed_at_start(data):
    assert len(open_to_others()) == 7
    said = []
    bootstrap.restrict_permissions(said.append)
    assert said == []
    assert mode(data) == mode(data / "media") == "0o700"
    for name in ("secret_key", "encryption_key", "viduweb.sqlite3", "viduweb.sqlite3-wal"):
        assert mode(data / name) == "0o600"
    assert mode(data.parent / ".env") == "0o600"
    assert open_to_others() == []


@pytest.mark.django_db
def test_every_start_closes_it(data, monkeypatch):
    monkeypatch.setattr(bootstrap, "collect_static_files", lambda say: None)
    said = []
    bootstrap.prepare(said.append, workers=False)
    assert said == []
    assert mode(data) == "0o700"
    assert mode(data / "viduweb.sqlite3") == mode(data / "secret_key") == "0o600"


def test_the_doctor_tells(data):
    good, sentence = doctors()
    assert not good
    assert str(data) in sentence
    assert "chmod go-rwx" in sentence
    close_to_others()
    assert doctors()[0]


def test_what_cannot_be_closed_is_told(data, monkeypatch):
    def refuse(self, mode):
        raise PermissionError(1, "not yours")

    monkeypatch.setattr(Path, "chmod", refuse)
    said = []
    bootstrap.restrict_permissions(said.append)
    assert len(said) == 7
    assert any("encryption_key" in line for line in said)


def test_a_link_is_not_followed(data, tmp_path):
    other = tmp_path / "not-ours"
    other.write_text("x")
    other.chmod(0o644)
    (data / "linked").symlink_to(other)
    close_to_others()
    assert mode(other) == "0o644"


def test_a_database_elsewhere_is_closed_too(settings, tmp_path, monkeypatch):
    from django.db import connection

    names = [tmp_path / f"studio.db{suffix}" for suffix in ("", "-wal", "-shm")]
    for name in names:
        name.write_text("")
        name.chmod(0o664)
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setitem(connection.settings_dict, "NAME", str(names[0]))
    close_to_others()
    assert {mode(name) for name in names} == {"0o600"}


def test_what_commands_make_is_closed_whatever_the_umask(tmp_path):
    folder = tmp_path / "var"
    folder.mkdir()
    folder.chmod(0o755)
    command = f"umask 000; exec {sys.executable} manage.py createcachetable -v0"
    env = {"DATA_DIR": str(folder), "PATH": os.environ["PATH"]}
    subprocess.run(("sh", "-c", command), cwd=ROOT, env=env, check=True)
    made = {path.name: mode(path) for path in folder.iterdir()}
    assert made["viduweb.sqlite3"] == made["secret_key"] == "0o600"
    assert set(made.values()) == {"0o600"}
