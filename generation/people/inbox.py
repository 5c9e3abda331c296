"""Telling members what concerns them. Called in the transaction of what has happened."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generation.models import AlertFiring, Delivery, Notice, User
from generation.workers.wakeups import wake

JOB = "generation.jobs.deliver"
KEPT = timedelta(days=90)
Kind = Notice.Kind


def notify(
    users: Iterable[User],
    kind: str,
    text: str,
    link: str,
    *,
    mail: bool = False,
    firing: AlertFiring | None = None,
) -> list[Notice]:
    """One notice for each of them; by mail too for who wants that, with `mail` for all of them."""
    told = [user for user in users if user.is_active]
    with transaction.atomic():
        rows = Notice.objects.bulk_create(
            Notice(user=user, kind=kind, text=text[:400], link=link[:200]) for user in told
        )
        User.objects.filter(pk__in=[user.pk for user in told]).update(
            unread_notices=F("unread_notices") + 1
        )
        mails = [row for row in rows if row.user.email and (mail or row.user.mail_notices)]
        if mails and settings.SENDS_MAIL:
            Delivery.objects.bulk_create(
                Delivery(channel=Delivery.Channel.MAIL, notice=row, firing=firing) for row in mails
            )
            wake(JOB)
    return rows


def tell_admins(
    kind: str, text: str, link: str, *, but: User | None = None, **more: Any
) -> list[Notice]:
    admins = User.objects.active_admins()
    return notify(admins.exclude(pk=but.pk) if but else admins, kind, text, link, **more)


def read(user: User, *, only: int | None = None, until: int | None = None) -> int:
    """Marks one, or all up to that one, as read; how many were not yet."""
    with transaction.atomic():
        unread = Notice.objects.visible_to(user).unread()
        if only is not None:
            unread = unread.filter(pk=only)
        elif until is not None:
            unread = unread.filter(pk__lte=until)
        done = unread.update(read_at=timezone.now())
        if done:
            User.objects.filter(pk=user.pk, unread_notices__gte=done).update(
                unread_notices=F("unread_notices") - done
            )
    return done


def prune() -> None:
    Notice.objects.filter(read_at__lt=timezone.now() - KEPT).delete()
