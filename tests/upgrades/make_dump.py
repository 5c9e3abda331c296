"""Makes the dump of a release: `python make_dump.py FOLDER POSTGRES_URL`, from that release's tree.

Runs in the root of a checkout of the release (`git worktree add ../release TAG`), with its own
code and its own sandbox, so that every row is what that release really wrote. FOLDER gets
`sqlite.sql` and `postgresql.sql` with the same rows, `files/` as the storage was, and `gateway/`,
what the gateway knows about the tasks that it has not finished. The database at POSTGRES_URL is
emptied.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

ENCRYPTION_KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
SECRET = "sandbox-upgrade-tests"
PASSWORD = "correct horse battery"
GATEWAY = "http://gateway.invalid"
IMAGE, VIDEO = "viduq2_reference2image", "viduq2_pro_fast_reference2video"


def main(folder: Path, postgres_url: str) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="viduweb-dump-"))
    sys.path.insert(0, str(Path.cwd()))
    try:
        _make(folder, scratch)
        rows = scratch / "rows.json"
        _manage(scratch, "", "dumpdata", *LEFT_OUT, "--output", str(rows))
        _write(folder / "sqlite.sql", _sqlite(scratch / "viduweb.sqlite3"))
        _empty(postgres_url)
        _manage(scratch, postgres_url, "migrate", "--verbosity", "0")
        _manage(scratch, postgres_url, "createcachetable")
        _manage(scratch, postgres_url, "shell", "-c", FORGET)
        _manage(scratch, postgres_url, "loaddata", str(rows))
        _write(folder / "postgresql.sql", _postgresql(postgres_url))
    finally:
        shutil.rmtree(scratch)


LEFT_OUT = ("--exclude", "contenttypes", "--exclude", "auth.permission", "--exclude", "sessions")
FORGET = "from django_q.models import Schedule; Schedule.objects.all().delete()"


def _manage(scratch: Path, database_url: str, *arguments: str) -> None:
    env = {**os.environ, "DATA_DIR": str(scratch), "DATABASE_URL": database_url}
    subprocess.run((sys.executable, "manage.py", *arguments), env=env, check=True)


def _empty(url: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def _sqlite(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def _postgresql(url: str) -> str:
    wanted = ("pg_dump", "--inserts", "--no-owner", "--no-privileges", "--schema=public", url)
    text = subprocess.run(wanted, check=True, capture_output=True, text=True).stdout
    # What only psql or the server that was asked understands.
    foreign = r"\\|--|CREATE SCHEMA|SELECT pg_catalog.set_config|$"
    kept = [line for line in text.splitlines() if not re.match(foreign, line)]
    return "\n".join(kept) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(re.sub(r"http://127\.0\.0\.1:\d+", GATEWAY, text))


def _make(folder: Path, scratch: Path) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "viduweb.settings",
        "DATA_DIR": str(scratch),
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "LOG_LEVEL": "CRITICAL",
        "HOST_NAME": "studio",
        # Set, so that no other's sandbox is asked.
        "GATEWAY_URL": "http://127.0.0.1:9",
    }
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from generation.sandbox.server import running_server

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    with running_server(seconds=0.5, jitter=0, fast=True, state=scratch / "gateway") as sandbox:
        settings.GATEWAY_URL = sandbox.base_url
        unfinished = History().make()
    for name in ("files", "gateway"):
        shutil.rmtree(folder / name, ignore_errors=True)
    shutil.copytree(scratch / "media", folder / "files")
    (folder / "gateway").mkdir(parents=True)
    for path in (scratch / "gateway").rglob("*.json"):
        if path.stem in unfinished:
            shutil.copy(path, folder / "gateway" / path.name)


class History:
    """A small team, and a task of theirs in every state."""

    def make(self) -> set[str]:
        """The gateway's ids of the tasks that it has not finished."""
        self._people()
        self._ended()
        unfinished = self._at_gateway()
        self._uncertain()
        self._submitting()
        self._queued()
        self._signs()
        return unfinished

    def _people(self) -> None:
        from django.core.files.uploadedfile import SimpleUploadedFile
        from PIL import Image as Picture

        from generation.catalog import ImageLimits
        from generation.library.uploads import keep_image
        from generation.models import ApiKey, AuditEvent, Subject, SubjectImage, User

        self.ada = User.objects.create_superuser("ada", "ada@example.com", PASSWORD)
        self.ben = User.objects.create_user("ben", "ben@example.com", PASSWORD)
        User.objects.create_user("gone", "gone@example.com", PASSWORD, is_active=False)
        self.key, own = ApiKey(label="Team"), ApiKey(label="Ben's", owner=self.ben, active=False)
        for key in (self.key, own):
            key.keep_secret(SECRET)
            key.save()
        colours = ("#8a5a44", "#44708a")
        self.images = []
        for number, colour in enumerate(colours):
            buffer = BytesIO()
            Picture.new("RGB", (320, 240), colour).save(buffer, "PNG")
            file = SimpleUploadedFile(f"frame{number}.png", buffer.getvalue())
            self.images.append(keep_image(file, self.ada, ImageLimits()))
        self.subject = Subject.objects.create(handle="rex", title="Rex", owner=self.ada)
        SubjectImage.objects.create(subject=self.subject, image=self.images[0], position=0)
        AuditEvent.objects.create(who=self.ada, what="key.added", target=str(self.key))

    def _submit(self, prompt: str, model: str = IMAGE, **fields: Any) -> Any:
        from generation.catalog import MODELS
        from generation.lifecycle.enqueue import Input, SubjectInput, Submission, enqueue

        if model == VIDEO:
            rex = SubjectInput("rex", "Rex", "", self.images[:1], self.subject)
            fields["subjects"] = [rex]
        else:
            fields["images"] = [Input(image=self.images[1])]
        return enqueue(
            Submission(
                owner=fields.pop("owner", self.ben),
                spec=MODELS[model],
                params={"prompt": prompt},
                key=self.key,
                visibility=fields.pop("visibility", "team"),
                **fields,
            )
        )[0]

    def _send(self) -> None:
        from generation.lifecycle import dispatch

        dispatch.dispatch_due()

    def _follow(self) -> None:
        from datetime import timedelta

        from django.utils import timezone

        from generation.lifecycle import poller
        from generation.models import Lease, Task

        now = timezone.now()
        Task.objects.filter(state="processing").update(next_poll_at=now)
        Lease.objects.filter(name="poller").update(expires_at=now - timedelta(hours=1))
        poller.ensure_poller()
        poller.run_poller(Lease.objects.get(name="poller").token, budget=0.5)

    def _archive(self) -> None:
        from django.utils import timezone

        from generation.lifecycle import archive
        from generation.models import Output

        Output.objects.filter(state="pending").update(next_attempt_at=timezone.now())
        archive.archive_due()

    def _until(self, task: Any, state: str) -> None:
        for _ in range(40):
            self._follow()
            self._archive()
            task.refresh_from_db()
            if task.state == state:
                return
        raise SystemExit(f"{task} is {task.state}, not {state}")

    def _ended(self) -> None:
        from generation.lifecycle.actions import cancel, try_again

        done = self._submit("A poster of a calm sea")
        private = self._submit("A private poster", visibility="private", owner=self.ada)
        failed = self._submit("A poster that [fail]")
        lost = self._submit("A poster that will [expire]")
        self._send()
        for task, state in ((done, "completed"), (private, "completed"), (failed, "failed")):
            self._until(task, state)
        self._until(lost, "lost")
        cancel(self._submit("A poster nobody wants"), self.ben)
        cancel(try_again(failed, self.ben), self.ben)

    def _at_gateway(self) -> set[str]:
        """One that the gateway still makes, and one whose result is not fetched yet."""
        archiving = self._submit("Being saved", VIDEO)
        self._send()
        for _ in range(40):
            self._follow()
            archiving.refresh_from_db()
            if archiving.state == "archiving":
                break
        processing = self._submit("Being made [slow]", VIDEO)
        self._send()
        processing.refresh_from_db()
        assert (archiving.state, processing.state) == ("archiving", "processing")
        return {archiving.remote_id, processing.remote_id}

    def _claimed(self, prompt: str) -> Any:
        from generation.lifecycle import dispatch

        self._submit(prompt)
        task = dispatch._claim()
        assert task is not None
        return task

    def _uncertain(self) -> None:
        from generation.lifecycle import dispatch, dispatch_results

        task = self._claimed("A poster without an answer")
        dispatch._mark_sent(task)
        dispatch_results.uncertain(task, "The connection broke", None)

    def _submitting(self) -> None:
        """Their workers died: one before the request left, one after."""
        from generation.lifecycle import dispatch

        self._claimed("A poster being prepared")
        dispatch._mark_sent(self._claimed("A poster on its way"))

    def _queued(self) -> None:
        from generation.lifecycle import dispatch, dispatch_results

        busy = self._claimed("A poster for a busy gateway")
        dispatch._mark_sent(busy)
        dispatch_results.back_to_queue(busy, "busy", "The gateway is busy and asked us to wait.")
        self._submit("Waiting poster", owner=self.ada)
        self._submit("Waiting video of @rex", VIDEO)
        self._submit("Two waiting posters", variations=2)

    def _signs(self) -> None:
        """Signs of life, a message in each queue, and one that failed."""
        from django.utils import timezone
        from django_q.models import Failure, Task
        from django_q.tasks import async_task

        from generation import jobs

        jobs.heartbeat()
        async_task("generation.jobs.dispatch", q_options={"cluster": "default"})
        now = timezone.now()
        Task.objects.create(
            id="f" * 32, name="failed", func="generation.jobs.reconcile",
            started=now, stopped=now, success=False, result="OperationalError",
        )  # fmt: skip
        assert Failure.objects.count() == 1


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
