"""A database in which every text that people or the gateway may write is markup.

Run in the shell of a stack; what it prints tells the addresses.
"""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone
from PIL import Image as Picture

from generation.lifecycle.transitions import Happened, record
from generation.models import (
    Alert,
    AlertFiring,
    AuditEvent,
    Bill,
    BillRow,
    BulkJob,
    Collection,
    Comment,
    Delivery,
    Draft,
    LedgerEntry,
    Note,
    Notice,
    Output,
    Preset,
    SavedSearch,
    Snippet,
    Subject,
    SubjectProposal,
    SubjectVersion,
    Tag,
    Task,
    TaskImage,
    TaskSubject,
    User,
    Webhook,
    WebhookMessage,
)
from generation.people.invitations import invite
from tests.factories import make_key, make_output, make_subject, make_task
from tests.forms.helpers import images_of

LONG = "\" ' x-p=1 ></textarea></title></script><x-p x-y=1>x{{{{7*7}}}}x#{}#"
SHORT = "\"'><x-p>#{}#"
EVIL = "javascript:document.body.append('x-p')//"

MACHINES = frozenset(
    {
        *("Counter", "Lease", "LoginCounter", "LoginPlace", "LearnedPrice", "BillFormat"),
        *("PresetDefault", "RetiredSecret", "Rating", "Review", "Download", "TaskWords"),
        *("KeptResult", "TeamZone"),
        "Share",
        "BulkJob",
        *("DailyTotal", "DailyUsage", "MonthlyUsage", "SubjectUsage", "MonthlySubjectUsage"),
    }
)
"""Tables whose texts only the app writes, from words of its own or copied from the others."""

OURS = frozenset(
    {
        *("User.password", "User.folded_name", "User.folded_email", "User.time_zone"),
        "Note.folded",
        *("ApiKey.secret", "Bill.sha256", "Bill.encoding", "Bill.delimiter", "Bill.columns"),
        *("Bill.tallies", "BillRow.verdict"),
        *("Image.sha256", "Image.format", "Image.mime", "Output.sha256", "Output.mime"),
        *("Task.model", "Task.fingerprint", "Task.callback_token", "Draft.family", "Preset.model"),
        *("Alert.webhook", "Alert.secret", "Notice.link", "Webhook.webhook", "Webhook.secret"),
        *("Webhook.news", "WebhookMessage.events"),
        *("Invitation.token_hash", "LedgerEntry.model", "AuditEvent.what", "TaskText.params"),
        *("Subject.handle", "SubjectVersion.handle", "TaskSubject.handle"),
    }
)
"""Columns of the other tables that hold words of ours, hashes, or names of a narrow alphabet."""


def texts() -> list[str]:
    """Every column that somebody else's words may be in, as `Table.column`."""
    return sorted(
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("generation").get_models()
        if model.__name__ not in MACHINES
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        and not field.choices
        and f"{model.__name__}.{field.name}" not in OURS
    )


def markup(name: str, most: int | None = None) -> str:
    number = texts().index(name)
    long = LONG.format(number)
    return long if most is None or len(long) <= most else SHORT.format(number)[: most or 200]


def of_fields(name: str) -> Any:
    """What JSON columns hold, in the shape that their readers expect."""
    text = markup(name)
    return {
        "Task.params": {"prompt": text, "duration": 5, "payload": text, "callback_url": text},
        "Draft.fields": {"prompt": [text], "payload": [text], "image_urls": [text]},
        "Preset.fields": {"prompt": [text], "style": [text]},
        "TaskEvent.detail": {"request_id": text, text: text, "http": 500},
        "Bill.header": [text, text, text],
        "Bill.sample": [[text, text, text]],
        "Bill.problems": [text, text],
    }[name]


def plant(password: str) -> None:
    """Prints the ids of one of everything, by the names of its addresses."""
    vera = User.objects.create_user("vera", "vera@example.com", password, is_staff=True)
    User.objects.filter(pk=vera.pk).update(is_superuser=True)
    mallory = User.objects.create_user("mallory", "m@example.com", None, first_name="x")
    ids = _rows(vera, mallory)
    for model in apps.get_app_config("generation").get_models():
        if model.__name__ not in MACHINES and model not in (AuditEvent, LedgerEntry):
            _fill(model, vera)
    print(json.dumps(ids, default=str))


def _fill(model: Any, vera: User) -> None:
    names = [name for name in texts() if name.partition(".")[0] == model.__name__]
    for row in model.objects.all():
        if row == vera:
            continue
        values = {}
        for name in names:
            field = model._meta.get_field(name.partition(".")[2])
            if isinstance(field, models.JSONField):
                values[field.name] = of_fields(name)
            elif field.name in ("url", "source_url"):
                values[field.name] = EVIL if getattr(row, field.name) else ""
            else:
                once = str(row.pk) if field.name == "remote_id" else ""
                values[field.name] = markup(name, field.max_length) + once
        if values:
            model.objects.filter(pk=row.pk).update(**values)


def _picture() -> ContentFile:
    file = BytesIO()
    Picture.radial_gradient("L").resize((640, 360)).convert("RGB").save(file, "WEBP")
    return ContentFile(file.getvalue(), "p.webp")


def _rows(vera: User, mallory: User) -> dict[str, Any]:
    now = timezone.now()
    far = now + timedelta(hours=5)
    sent = {"sent_at": now, "attempts": 1, "next_attempt_at": far}
    taken = sent | {"accepted_at": now}
    ended = taken | {"finished_at": now}
    key = make_key(None, label="Team")
    make_key(vera, label="Mine")
    image, second = images_of(mallory, 2)
    images_of(vera, 1, first=5)
    subject = make_subject(mallory, "rex")
    archived = make_subject(mallory, "old", archived_at=now)
    mine = make_subject(vera, "mine")
    proposal = SubjectProposal.objects.create(subject=mine, by=mallory, based_on=1, title="x")
    for one in (subject, mine):
        version = SubjectVersion.objects.create(
            subject=one, number=1, handle=one.handle, title="x", visibility="team", by=mallory
        )
        for placed in (version.images, proposal.images, one.images):
            placed.create(url="https://x.example/a.png", position=len(placed.all()))
    common = {"key": key, "key_label": "Team"}
    done = make_task(vera, "completed", image=image, **common, **ended, cost="0.2")
    for owner in (mallory, vera):
        for state, more in {
            "failed": ended | {"reason": "generation", "error_code": "110001"},
            "uncertain": sent | {"reason": "no-answer"},
            "lost": ended | {"reason": "expired"},
            "queued": {"reason": "busy", "next_attempt_at": far},
            "archiving": taken | {"reason": "at-risk"},
            "canceled": {"reason": "declined", "finished_at": now},
        }.items():
            task = make_task(owner, state, **common, **more)
            record(task.pk, state, Happened("waits", "x", {}))
            if state in ("lost", "archiving"):
                Output.objects.create(
                    task=task, kind="video", state="lost" if state == "lost" else "pending",
                    source_url="https://x.example/", next_attempt_at=far, expires_at=far,
                )  # fmt: skip
            TaskSubject.objects.create(
                task=task, subject=subject, handle="rex", title="x", position=0
            )
    over = make_task(mallory, "queued", reason="over-budget", next_attempt_at=far, **common)
    TaskImage.objects.create(task=done, url="https://x.example/a.png", position=1)
    record(done.pk, "completed", Happened("settled", "x", {}, mallory))
    output = make_output(done)
    output.poster.save(f"outputs/{output.pk}-p.webp", _picture(), save=True)
    bill = Bill.objects.create(
        name="x", sha256="b" * 64, uploaded_by=mallory, state=Bill.State.READY, encoding="utf-8",
        delimiter=",", columns={"remote_id": 0, "amount": 1, "day": 2}, key=key, lines=2,
        left_out=3,
    )  # fmt: skip
    for line, one in ((1, done), (2, None)):
        BillRow.objects.create(
            bill=bill,
            line=line,
            remote_id="r",
            amount=1,
            net=1,
            count=1,
            task=one,
            verdict="differs",
        )
    columns = Bill.objects.create(
        name="x", sha256="c" * 64, uploaded_by=mallory, state=Bill.State.COLUMNS, encoding="utf-8",
        delimiter=",", columns={"remote_id": 0, "amount": 1, "day": 2},
    )  # fmt: skip
    for family in ("img2video", "reference2video"):
        Draft.objects.create(owner=vera, family=family)
    for owner in (vera, mallory):
        Preset.objects.create(owner=owner, name="x", model=done.model, visibility="team")
        Snippet.objects.create(owner=owner, text="x", visibility="team")
        SavedSearch.objects.create(owner=owner, name="x", query="x", visibility="team")
        Note.objects.create(member=owner, task=done, text="x", visibility="team", made_at=now)
    for owner in (vera, mallory):
        Comment.objects.create(task=done, member=owner, text="x", second=0.5)
    Comment.objects.create(task=done, guest="x", text="x")
    Tag.objects.create(task=done, name="x", by=mallory, made_at=now)
    job = BulkJob.objects.create(by=vera, action="trash", query=f"q={EVIL}&tag='\"><x-p>")
    collection = Collection.objects.create(owner=mallory, title="x", visibility="team", cover=done)
    collection.items.create(task=done, position=1)
    alert = Alert.objects.create(kind="spend", limit=1, made_by=mallory, webhook_host="x")
    firing = AlertFiring.objects.create(alert=alert, day=now.date(), at=now, text="x", told=1)
    Delivery.objects.create(channel="webhook", firing=firing, state="failed", error="x")
    hook = Webhook.objects.create(name="x", seen=0, made_by=mallory, webhook_host="x")
    message = WebhookMessage.objects.create(hook=hook)
    Delivery.objects.create(channel="webhook", message=message, state="failed", error="x")
    Notice.objects.create(user=vera, kind="asked", text="x", link="/usage/")
    made, _ = invite(vera, label="x", email="x@example.com")
    for what in ("key.added", "person.changed", markup("AuditEvent.target", 40)):
        AuditEvent.objects.create(who=mallory, what=what, target=markup("AuditEvent.target", 120))
    LedgerEntry.objects.create(
        kind="charged", task=done, user=mallory, model=done.model, amount="0.1", actor=mallory,
        **{name: markup(f"LedgerEntry.{name}", most)
           for name, most in (("key_label", 80), ("discount", 40), ("reason", 200))},
    )  # fmt: skip
    return {
        "collection": collection.pk, "bulk-job": job.pk, "task": done.pk, "output": output.pk, "comment": Comment.objects.get(member=vera).pk, "image": image.pk, "key": key.pk,
        "output-picture": [output.pk, 640, output.sha256[:16]], "subject": mine.handle,
        "subject-restore": archived.pk, "proposal": proposal.pk, "budget-decide": over.submission,
        "usage-settle": done.pk, "bill": bill.pk, "member": mallory.public_id,
        "invitation": made.pk, "columns": columns.pk, "second": second.pk,
        "tasks": [str(pk) for pk in Task.objects.values_list("pk", flat=True)],
        "subjects": list(Subject.objects.values_list("handle", flat=True)),
        "admin": {
            model.__name__.lower(): str(model.objects.order_by("-pk").values_list("pk", flat=True)[0])
            for model in apps.get_app_config("generation").get_models()
            if model.objects.exists()
        },
    }  # fmt: skip
