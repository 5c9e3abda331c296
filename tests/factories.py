"""Rows for tests, made the short way."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from generation.models import ApiKey, Output, Subject, SubjectImage, Task, TaskImage, next_revision
from generation.money import ledger
from tests.forms.helpers import images_of


def make_task(owner, state="completed", *, visibility="team", image=None, **fields):
    with transaction.atomic():
        revision = next_revision()
        fields.setdefault("params", {"prompt": "A calm sea", "duration": 5})
        fields.setdefault("model", "viduq2_turbo_img2video")
        task = Task.objects.create(
            owner=owner,
            state=state,
            visibility=visibility,
            revision=revision,
            born_revision=revision,
            **fields,
        )
        ledger.enter(task, ledger.Because("made by a test"))
    if image is not None:
        TaskImage.objects.create(task=task, image=image, position=0)
    return task


def make_output(task, *, data=b"0123456789" * 100, **fields):
    output = Output(
        task=task,
        kind="video",
        state="stored",
        source_url="https://cdn.example/1.mp4?secret=1",
        expires_at=timezone.now() + timedelta(hours=24),
        mime="video/mp4",
        width=64,
        height=36,
        duration=5.0,
        bytes=len(data),
        sha256="ab" * 32,
        **fields,
    )
    output.file.save(f"outputs/{output.pk}.mp4", ContentFile(data), save=False)
    output.poster.save(f"outputs/{output.pk}-p.webp", ContentFile(b"poster"), save=False)
    output.save()
    return output


def make_subject(owner, handle="rex", images=1, **fields):
    fields = {"title": handle.title()} | fields
    subject = Subject.objects.create(owner=owner, handle=handle, **fields)
    for position, image in enumerate(images_of(owner, images)):
        SubjectImage.objects.create(subject=subject, image=image, position=position)
    return subject


def make_key(owner=None, label="Key", secret="vda_secret_0000"):
    key = ApiKey(label=label, owner=owner)
    key.keep_secret(secret)
    key.save()
    return key
