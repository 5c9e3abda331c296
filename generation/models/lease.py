"""Named leases: who may do a thing now, who has been there lately, and until when that counts."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

REMEMBERED = timedelta(days=1)
"""A machine that has been silent for so long is gone for good."""


class LeaseKind(models.TextChoices):
    """What a lease is about: how its name begins. The rest of the name is its subject.

    Machines of another version work on the same rows: what is here does not change.
    """

    POLLER = "poller", "the poll lease: the job that polls holds it and hands it on"
    WAKEUP = "wakeup:", "a wakeup for that job is on its way to a worker"
    HEARTBEAT = "cluster:", "that cluster@host counts as alive"
    STORAGE = "files@", "what that host finds in its storage"
    HOST = "self@", "the process that goes by the name of that host"
    SHARED_HOST = "twin@", "several machines go by the name of that host"

    def key(self, subject: str = "") -> str:
        return f"{self.value}{subject}"

    def subject(self, key: str) -> str:
        return key.removeprefix(self.value)


class LeaseQuerySet(models.QuerySet["Lease"]):
    def of(self, kind: LeaseKind) -> Self:
        return self.filter(name__startswith=kind.value)

    def running(self) -> Self:
        return self.filter(expires_at__gt=timezone.now())

    def note(self, key: str, lasts: timedelta, *, token: str = "") -> None:
        expires_at = timezone.now() + lasts
        self.update_or_create(name=key, defaults={"token": token, "expires_at": expires_at})

    def forget_gone(self, *kinds: LeaseKind) -> None:
        for kind in kinds:
            self.of(kind).filter(expires_at__lt=timezone.now() - REMEMBERED).delete()


class Lease(models.Model):
    """One name (`LeaseKind`), one holder (`token`), one end."""

    name = models.CharField(max_length=64, primary_key=True)
    token = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField()

    objects = LeaseQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
