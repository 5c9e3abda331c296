"""A backup restored into an empty installation is the same team, and sends nothing by itself."""

import hashlib
import io
import json
import shutil
import stat
import tarfile
from contextlib import contextmanager

import pytest

from generation.supervisor.reaper import ROOT
from tests.processes import prepared
from tests.processes.machine import Machine, steps
from tests.processes.stack import start_stack
from tests.processes.surroundings import environment, own_database
from tests.support.eventually import eventually
from tests.upgrades.dumps import ENV, load
from tests.upgrades.test_upgrade import creates

pytestmark = pytest.mark.processes

COUNTS = """
import json
from django.apps import apps
print(json.dumps({m._meta.db_table: m.objects.count() for m in apps.get_models()
                  if m._meta.app_label in ("generation", "auth", "contenttypes", "mfa", "socialaccount")}))
"""
STATES = "SELECT state, COUNT(*) FROM generation_task GROUP BY state ORDER BY state"
HELD = "SELECT COUNT(*) FROM generation_task WHERE held_since IS NOT NULL"


@contextmanager
def empty(folder, *, tables=False, **env):
    """An empty folder, and a database without anything or with empty tables."""
    data_dir = folder / "var"
    data_dir.mkdir(parents=True)
    with own_database(empty=not tables) as database_url:
        if tables and not database_url:
            prepared.sqlite(data_dir)
        yield Machine(data_dir, {**environment(data_dir, database_url), **ENV, **env})


@pytest.fixture(scope="module")
def brought_up(tmp_path_factory, gateway_url):
    """What 0.1.0 has left, brought up to date; for copies."""
    with empty(tmp_path_factory.mktemp("old"), GATEWAY_URL=gateway_url) as team:
        load("0.1.0", team.data_dir, team.env["DATABASE_URL"], gateway_url)
        team.manage("migrate", "--verbosity", "0")
        yield team


@contextmanager
def copy_of(team, folder):
    data_dir = folder / "var"
    shutil.copytree(team.data_dir, data_dir)
    with own_database(like=team.env["DATABASE_URL"]) as database_url:
        changed = environment(data_dir, database_url)
        yield Machine(data_dir, {**team.env, **changed})


def without_small_pictures(names):
    """0.1.0 made small pictures of its results, which no row names any more."""
    return {
        name: content
        for name, content in names.items()
        if not (name.startswith("outputs/") and name.endswith("-thumbnail.webp"))
    }


def files(team):
    folder = team.data_dir / "media"
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def counts(team):
    return json.loads(team.run(COUNTS)[1].splitlines()[-1])


def fails(team, *arguments):
    with pytest.raises(AssertionError) as caught:
        team.manage(*arguments)
    return str(caught.value)


def test_counts_checksums_and_no_second_create(tmp_path, gateway_url, brought_up):
    saved = tmp_path / "team.backup"
    with copy_of(brought_up, tmp_path / "old") as old:
        old.run(SECOND_FACTOR)
        told = old.manage("backup", str(saved))
        assert "ENCRYPTION_KEYS are not in it" in told
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        before, kept = counts(old), without_small_pictures(files(old))
        # Life goes on after the backup: what was queued is sent.
        old.run(steps("dispatch", "reconcile", "dispatch"))
        sent = creates(gateway_url)
        assert sent >= 6
    with empty(tmp_path / "new", GATEWAY_URL=gateway_url) as new:
        assert "is whole" in new.manage("restore", str(saved), "--check")
        told = new.manage("restore", str(saved))
        assert "7 tasks wait on hold" in told
        after = counts(new)
        events, lease = "generation_taskevent", "generation_lease"
        assert after[events] == before[events] + 7  # one line for each that is held
        own = {events: 0, lease: 0, "generation_counter": 0}
        assert after | own == before | own
        assert after["mfa_authenticator"] == 1
        assert new.rows("SELECT COUNT(*) FROM usersessions_usersession") == [(0,)]
        assert files(new) == kept
        assert new.rows(HELD) == [(7,)]
        new.run(steps("reconcile", "dispatch", "poll", "archive", "dispatch"))
        assert creates(gateway_url) == sent
        # Numbers go on behind those of the backup, and what is new runs.
        new.run(SUBMIT)
        new.run(steps("dispatch"))
        assert creates(gateway_url) == sent + 1
        new.run(RELEASE)
        new.run(steps("dispatch", "dispatch"))
        assert creates(gateway_url) == sent + 1 + 6
        assert new.rows(HELD) == [(0,)]
        uncertain = "SELECT COUNT(*) FROM generation_task WHERE state = 'uncertain'"
        assert new.rows(uncertain) == [(2,)]
        # It refuses what it would overwrite.
        assert "restore into an empty one" in fails(new, "restore", str(saved))


SECOND_FACTOR = """
from allauth.usersessions.models import UserSession
from generation.models import User
from generation.people.second_factors import new_recovery_codes
ada = User.objects.get(username="ada")
new_recovery_codes(ada)
UserSession.objects.create(user=ada, ip="192.0.2.1", session_key="k" * 32, user_agent="x")
"""
SUBMIT = """
from generation.catalog import MODELS
from generation.lifecycle.enqueue import Submission, enqueue
from generation.models import ApiKey, User
enqueue(Submission(owner=User.objects.get(username="ben"), spec=MODELS["viduq2_reference2image"],
                  params={"prompt": "New"}, key=ApiKey.objects.get(active=True), visibility="team"))
"""
RELEASE = """
from generation.lifecycle import held
from generation.models import User
held.release(User.objects.get(username="ada"))
"""


def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path, gateway_url):
    saved = tmp_path / "old.backup"
    with empty(tmp_path / "old") as old:
        load("0.1.0", old.data_dir, old.env["DATABASE_URL"], gateway_url)
        old.run(BACKUP_AS_IT_IS.format(path=str(saved)))
    # Somebody has started it before: its tables are newer than those of the backup.
    with empty(tmp_path / "new", tables=True) as new:
        assert "7 tasks wait on hold" in new.manage("restore", str(saved))
        assert new.rows(HELD) == [(7,)]
        assert "No changes" in new.manage("makemigrations", "--check", "--dry-run")
        new.manage("migrate", "--check")
        new.run(SUBMIT)


BACKUP_AS_IT_IS = """
from pathlib import Path
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from generation.backup import schema, write
schema.applied = lambda: sorted(map(list, MigrationRecorder(connection).applied_migrations()))
inside, known = connection.introspection, list(schema.file_columns())
with connection.cursor() as cursor:
    columns = {{
        table: [column.name for column in inside.get_table_description(cursor, table)]
        for table in dict(known).keys() & set(inside.table_names(cursor))
    }}
schema.file_columns = lambda: [(table, column) for table, column in known if column in columns.get(table, ())]
write.backup(Path({path!r}), print)
"""


def test_what_is_no_whole_backup_changes_nothing(tmp_path, brought_up):
    saved = tmp_path / "team.backup"
    with copy_of(brought_up, tmp_path / "old") as old:
        old.manage("backup", str(saved))
    good = saved.read_bytes()
    damaged = bytearray(good)
    damaged[len(good) // 2] ^= 1
    cases = {
        "short": (good[: len(good) // 2], "cut short"),
        "ends": (good[:-30_000], "cut short"),
        "damaged": (bytes(damaged), "damaged"),
        "picture": ((ROOT / "docs/pictures/studio.webp").read_bytes(), "no backup of viduweb"),
        "empty": (b"", "no backup of viduweb"),
        "tar": (other_tar("README.md", b"hello"), "which no backup has"),
        "traversal": (other_tar("files/../../outside", b"hello"), "which no backup has"),
        "absolute": (other_tar("/etc/passwd", b"hello"), "which no backup has"),
        "longer": (good_with(good, "files/images/extra.png", b"x"), "goes on after its end"),
    }
    with empty(tmp_path / "new", tables=True) as new:
        for name, (content, says) in cases.items():
            wrong = tmp_path / name
            wrong.write_bytes(content)
            assert says in fails(new, "restore", str(wrong)), name
        assert "There is no file" in fails(new, "restore", str(tmp_path / "nowhere"))
        assert counts(new)["generation_user"] == 0
        assert not (new.data_dir / "media").exists()
        assert not (tmp_path / "outside").exists()


def other_tar(name, content):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def good_with(good, name, content):
    stream = io.BytesIO(good)
    with tarfile.open(fileobj=stream, mode="a") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def test_no_login_and_no_secret_is_in_it(tmp_path, brought_up):
    saved = tmp_path / "team.backup"
    with copy_of(brought_up, tmp_path / "old") as old:
        old.run(LOGIN)
        old.manage("backup", str(saved))
    with empty(tmp_path / "new", tables=True) as new:
        new.manage("restore", str(saved))
        assert new.rows("SELECT COUNT(*) FROM django_session") == [(0,)]
        stored = new.rows("SELECT secret FROM generation_apikey")
        assert all(secret.startswith("gAAAA") for (secret,) in stored)
    with empty(tmp_path / "other", tables=True, ENCRYPTION_KEYS=OTHER_KEY) as other:
        other.manage("restore", str(saved))
        assert "cannot be decrypted" in fails(other, "doctor")


OTHER_KEY = "Hgk0zUL7rVJ0pGn2c9lWcBvC2O0m1hK3qf5nYw7x8yA="
LOGIN = """
from django.contrib.sessions.backends.db import SessionStore
store = SessionStore(); store["a"] = 1; store.save()
"""


def test_a_file_that_is_gone_is_named_and_the_rest_is_saved(tmp_path, brought_up):
    saved = tmp_path / "team.backup"
    with copy_of(brought_up, tmp_path / "old") as old:
        gone = next((old.data_dir / "media" / "images").rglob("*.png"))
        gone.unlink()
        told = fails(old, "backup", str(saved))
        assert gone.name in told
        assert "1 files that the database names are not in the storage" in told
    with empty(tmp_path / "new", tables=True) as new:
        assert "Restored" in new.manage("restore", str(saved))


def test_a_failed_backup_leaves_the_one_before(tmp_path):
    saved = tmp_path / "saved" / "team.backup"
    saved.parent.mkdir()
    saved.write_bytes(b"yesterday's")
    with empty(tmp_path / "new") as new:
        assert "run manage.py migrate first" in fails(new, "backup", str(saved))
        assert saved.read_bytes() == b"yesterday's"
        assert list(saved.parent.iterdir()) == [saved]
        assert "There is no folder" in fails(new, "backup", str(tmp_path / "no" / "file"))


@pytest.fixture(scope="module")
def saved(tmp_path_factory, brought_up):
    """A whole backup."""
    path = tmp_path_factory.mktemp("saved") / "team.backup"
    brought_up.manage("backup", str(path))
    return path


def test_a_running_installation_is_not_restored_over(tmp_path, gateway_url, saved):
    with start_stack(tmp_path, GATEWAY_URL=gateway_url) as running:
        assert "already running" in fails(running, "restore", str(saved))
        # From a machine whose DATA_DIR knows nothing of it.
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        database = running.env["DATABASE_URL"] or f"sqlite:///{running.data_dir}/viduweb.sqlite3"
        other = Machine(
            elsewhere,
            {**running.env, "DATA_DIR": str(elsewhere), "DATABASE_URL": database},
        )
        told = fails(other, "restore", str(saved))
        assert f"works on this database, on {running.env['HOST_NAME']}" in told
        assert running.rows("SELECT COUNT(*) FROM generation_user") == [(0,)]
        assert running.status("/readyz") == 200
        assert not (running.data_dir / "media" / "images").exists()


def test_another_kind_of_database_is_refused_with_a_sentence(tmp_path, saved):
    header = {"engine": "oracle"}
    wrong = tmp_path / "other.backup"
    wrong.write_bytes(with_header(saved, header))
    with empty(tmp_path / "new") as new:
        assert "restore it on the same kind of database" in fails(new, "restore", str(wrong))
        assert not (new.data_dir / "media").exists()


def with_header(path, fields):
    """A whole backup that says these things of itself."""
    from generation.backup import archive

    stream, lines = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        writer = archive.Writer(tar, lines)
        for name, size, content in archive.members(path):
            if name == archive.HEADER:
                writer.add_json(name, json.load(content) | fields)
            elif name != archive.CHECKSUMS:
                writer.add(name, content, size)
        writer.close()
    return stream.getvalue()


def test_a_backup_made_while_workers_write_is_of_one_moment(tmp_path, gateway_url):
    taken = []
    (tmp_path / "old").mkdir()
    with start_stack(tmp_path / "old", GATEWAY_URL=gateway_url, **ENV) as busy:
        busy.shell(TEAM)
        for number in range(3):
            busy.shell(MANY)
            taken.append(tmp_path / f"{number}.backup")
            busy.manage("backup", str(taken[-1]))
        assert eventually(lambda: busy.rows(RUNNING) == [(0,)], 60)
    for number, path in enumerate(taken):
        with empty(tmp_path / f"new-{number}", tables=True, GATEWAY_URL=gateway_url) as new:
            new.manage("restore", str(path))
            assert new.rows("SELECT COUNT(*) FROM generation_task") == [(8 * (number + 1),)]
            # Every completed task has its file, whatever was being written.
            told = new.run(DOCTOR)[1]
            assert "as promised, with their files" in told, told


TEAM = """
from generation.models import ApiKey, User
User.objects.create_superuser("ada", "ada@example.com", "correct horse battery")
key = ApiKey(label="Team")
key.keep_secret("sandbox-backup-tests")
key.save()
"""
MANY = """
from generation.catalog import MODELS
from generation.lifecycle.enqueue import Submission, enqueue
from generation.models import ApiKey, User
for number in range(8):
    enqueue(Submission(owner=User.objects.get(), spec=MODELS["viduq2_reference2image"],
                      params={"prompt": f"Many {number}"}, key=ApiKey.objects.get(),
                      visibility="team"))
"""
RUNNING = "SELECT COUNT(*) FROM generation_task WHERE finished_at IS NULL"
DOCTOR = """
from generation.management.commands.doctor import promise
for good, sentence in promise(everything=True, files=True):
    print(sentence)
"""
