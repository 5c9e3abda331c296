"""The digest: what has ended of a member's own, in the morning of their day or of their Monday."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils import timezone

from generation.catalog.money import usd
from generation.models import Delivery, Digest, DigestEvery, Notice, Task, User
from generation.time_zone import zone_of
from generation.workers.wakeups import wake

from .inbox import JOB, KEPT

MORNING = time(8)
DAYS = {DigestEvery.DAY: 1, DigestEvery.WEEK: 7}
LONGEST = timedelta(days=8)
"""What a machine that was off for longer has missed is in the gallery."""

NAMED = 10
TITLE = 80
STOPPED = {Task.State.FAILED: "Failed", Task.State.LOST: "Lost"}
_signer = Signer(salt="digest")


def offered() -> bool:
    """A mail that comes by itself needs a link that ends it."""
    return bool(settings.SENDS_MAIL and settings.PUBLIC_URL)


def make_due() -> None:
    if not offered():
        return
    wanted = User.objects.filter(is_active=True, digest__in=DAYS).exclude(email="")
    for user in wanted.annotate(last_day=Max("digests__day"), told=Max("digests__until")):
        until = _due(user)
        if user.last_day is None or user.last_day < until.date():
            _make(user, until, user.told)


def prune() -> None:
    Digest.objects.filter(until__lt=timezone.now() - KEPT).delete()


def letter(digest: Digest) -> EmailMessage | None:
    """None when by now there is nothing to say, or nobody who wants to hear it."""
    user = digest.user
    text = text_of(digest)
    if not text or not offered() or user.digest not in DAYS or not user.email:
        return None
    stop = settings.PUBLIC_URL + path_to_stop(user)
    host = urlsplit(settings.PUBLIC_URL).hostname
    return EmailMessage(
        subject=f"viduweb: {text.splitlines()[0]}",
        body=f"{text}\n\nUnder Account you choose how often this comes. Stop it here:\n{stop}\n",
        to=[user.email],
        headers={
            # A second try of a mail that did arrive is the same mail.
            "Message-ID": f"<digest-{digest.pk}-{user.public_id}@{host}>",
            "List-Unsubscribe": f"<{stop}>",
        },
    )


def text_of(digest: Digest) -> str:
    """In its first line the figures; nothing when there is nothing to say."""
    ended = list(_ended(digest).order_by("-finished_at", "-id"))
    unread = _unread(digest).count()
    ready = [task for task in ended if task.state == Task.State.COMPLETED]
    stopped = [task for task in ended if task.state in STOPPED]
    figures = [
        f"{len(ready)} ready" if ready else "",
        f"{len(stopped)} failed" if stopped else "",
        f"{unread} unread {'notice' if unread == 1 else 'notices'}" if unread else "",
    ]
    parts = [", ".join(filter(None, figures))]
    if ended:
        parts.append(_spend(ended))
    parts += _listed("Ready", [(task, "") for task in ready])
    parts += _listed("Failed", [(task, f"{STOPPED[Task.State(task.state)]}: ") for task in stopped])
    if unread:
        parts.append(f"What you have not read: {settings.PUBLIC_URL}{reverse('notices')}")
    return "\n\n".join(parts) if parts[0] else ""


def path_to_stop(user: User) -> str:
    return reverse("digest-stop", args=[_signer.sign(str(user.public_id))])


def reader_of(token: str) -> User | None:
    """Whose digest a link stops; it goes on working, as mail is kept for long."""
    try:
        public_id = _signer.unsign(token)
    except BadSignature:
        return None
    return User.objects.filter(public_id=public_id, is_active=True).first()


def stop(user: User) -> None:
    User.objects.filter(pk=user.pk).update(digest=DigestEvery.NEVER)


def _due(user: User) -> datetime:
    """The latest morning on which a digest of theirs was due, in their zone."""
    zone = zone_of(user.time_zone) or zone_of(settings.TEAM_TIME_ZONE) or UTC
    now = timezone.now().astimezone(zone)
    day = now.date() if now.time() >= MORNING else now.date() - timedelta(days=1)
    if user.digest == DigestEvery.WEEK:
        day -= timedelta(days=day.weekday())
    return datetime.combine(day, MORNING, zone)


def _make(user: User, until: datetime, told: datetime | None) -> None:
    """From where the one before has ended, unless that is long ago."""
    since = until - timedelta(days=DAYS[DigestEvery(user.digest)])
    if told and until - told < LONGEST:
        since = told
    digest = Digest(user=user, day=until.date(), since=since, until=until)
    try:
        with transaction.atomic():
            digest.save()
            if _ended(digest).exists() or _unread(digest).exists():
                Delivery.objects.create(channel=Delivery.Channel.MAIL, digest=digest)
                wake(JOB)
    except IntegrityError:
        return  # another worker has made it


def _ended(digest: Digest) -> QuerySet[Task]:
    states = (Task.State.COMPLETED, *STOPPED)
    within = {"finished_at__gt": digest.since, "finished_at__lte": digest.until}
    found = Task.objects.kept().filter(finished_at__isnull=False, **within)
    return found.filter(owner=digest.user_id, state__in=states)


def _unread(digest: Digest) -> QuerySet[Notice]:
    mine = Notice.objects.unread().filter(user=digest.user_id)
    return mine.filter(at__gt=digest.since, at__lte=digest.until)


def _spend(ended: Sequence[Task]) -> str:
    known = [task.charge for task in ended if task.charge is not None]
    words = f"Charged for them: {usd(sum(known, Decimal(0)))}"
    if unknown := len(ended) - len(known):
        words += f"; of {unknown} it is not known"
    return f"{words}."


def _listed(title: str, tasks: Sequence[tuple[Task, str]]) -> list[str]:
    lines = [
        f"- {word}{task.title(TITLE)}\n  {settings.PUBLIC_URL}{task.get_absolute_url()}"
        for task, word in tasks[:NAMED]
    ]
    if more := len(tasks) - len(lines):
        lines.append(f"- and {more} more")
    return ["\n".join([f"{title}:", *lines])] if lines else []
