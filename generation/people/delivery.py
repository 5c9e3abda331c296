"""Sending what is on its way out, by a worker: again with longer pauses, until it is given up."""

import hmac
import json
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from generation import clock
from generation.media.guard import DownloadFailed, Forbidden
from generation.media.posting import doors, post
from generation.models import Delivery, Notice
from generation.models.secrets import SecretUnreadable
from generation.models.webhook import WithWebhook
from generation.workers.wakeups import wake

from . import digests, team_news
from .inbox import JOB

logger = logging.getLogger(__name__)

PAUSES = (60, 300, 1800, 7200, 6 * 3600)
"""Seconds before each try but the first; after the last it has failed."""

AT_ONCE = 20
SENDING = timedelta(minutes=5)
"""For how long a try belongs to one worker."""


class NotDelivered(Exception):
    """The text says why, without any address or secret; `final` when trying again cannot help."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


def wake_if_due() -> None:
    """Once a minute."""
    now = timezone.now()
    # Planned further ahead than anything is: the clock was set back since.
    far = clock.farthest(now, timedelta(seconds=max(PAUSES)))
    waiting = Delivery.objects.filter(state=Delivery.State.DUE)
    waiting.filter(next_attempt_at__gt=far).update(next_attempt_at=now)
    _wake_for_more()


def _wake_for_more() -> None:
    if Delivery.objects.due().exists():
        wake(JOB)


def deliver_due() -> None:
    due = (
        Delivery.objects.due()
        .select_related("notice__user", "firing__alert", "message__hook", "digest__user")
        .order_by("next_attempt_at")
    )
    for delivery in due[:AT_ONCE]:
        if _claim(delivery):
            _try(delivery)
    _wake_for_more()


def _claim(delivery: Delivery) -> bool:
    """Of two workers one sends it; a worker that dies is followed by another after a while."""
    mine = Delivery.objects.due().filter(pk=delivery.pk, attempts=delivery.attempts)
    delivery.attempts += 1
    return bool(mine.update(attempts=delivery.attempts, next_attempt_at=timezone.now() + SENDING))


def _try(delivery: Delivery) -> None:
    mine = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts)
    now = timezone.now()
    try:
        SEND[delivery.channel](delivery)
    except Exception as trouble:
        why = trouble if isinstance(trouble, NotDelivered) else _unforeseen(trouble)
        logger.warning("a %s could not be delivered: %s", delivery.channel, why)
        error = str(why)[:200]
        if why.final or delivery.attempts > len(PAUSES):
            mine.update(state=Delivery.State.FAILED, ended_at=now, error=error)
        else:
            pause = timedelta(seconds=PAUSES[delivery.attempts - 1])
            mine.update(next_attempt_at=now + pause, error=error)
    else:
        mine.update(state=Delivery.State.SENT, ended_at=now, error="")


def _unforeseen(error: Exception) -> NotDelivered:
    """What nobody thought of fails like the rest: it must not hold up what waits behind it.

    Its text may hold a secret, its type does not.
    """
    return NotDelivered(f"it could not be sent ({type(error).__name__})")


def _mail(delivery: Delivery) -> None:
    about = delivery.notice or delivery.digest
    if about is None or not about.user.is_active or not about.user.email:
        raise NotDelivered("nobody to send it to", final=True)
    if not settings.SENDS_MAIL:
        raise NotDelivered("EMAIL_URL is not set", final=True)
    if isinstance(about, Notice):
        message = _letter(about, delivery)
    elif (letter := digests.letter(about)) is not None:
        message = letter
    else:
        raise NotDelivered("there is nothing to say any more", final=True)
    try:
        message.send()
    except (OSError, SMTPException) as error:
        raise NotDelivered(f"the mail server did not take it ({type(error).__name__})") from error


def _letter(notice: Notice, delivery: Delivery) -> EmailMessage:
    why = (
        "Admins get this alert."
        if delivery.firing_id
        else "Under Account you choose whether you get such mail."
    )
    link = f"\n\n{settings.PUBLIC_URL}{notice.link}" if settings.PUBLIC_URL else ""
    return EmailMessage(
        # A text of several lines would be headers of its own.
        subject=" ".join(f"viduweb: {notice.text}".split())[:150],
        body=f"{notice.text}{link}\n\n{why}\n",
        to=[notice.user.email],
    )


def _webhook(delivery: Delivery) -> None:
    to, text = _to_say(delivery)
    try:
        address, secret = to.reveal_webhook()
    except SecretUnreadable:
        raise NotDelivered("its address cannot be decrypted; enter it again", final=True) from None
    body = json.dumps({"text": text}).encode()
    # The same number for each try of a message, so that a receiver can tell.
    headers = {"X-Viduweb-Delivery": str(delivery.pk)}
    if secret:
        headers |= signature(secret, body)
    try:
        post(address, body, headers, allow=doors(address))
    except Forbidden as why:
        raise NotDelivered(why.reason, final=True) from why
    except DownloadFailed as why:
        raise NotDelivered(why.reason) from why


def _to_say(delivery: Delivery) -> tuple[WithWebhook, str]:
    """Where it goes, and what it says by now."""
    if delivery.firing:
        return delivery.firing.alert, f"viduweb: {delivery.firing.text}"
    assert delivery.message is not None
    message = delivery.message
    if not message.hook.active and not message.test:
        raise NotDelivered("it was switched off", final=True)
    if not (text := team_news.text_of(message)):
        raise NotDelivered("what it tells is private or in the trash by now", final=True)
    return message.hook, text


def signature(secret: str, body: bytes) -> dict[str, str]:
    """What a receiver checks: HMAC-SHA256 of the time, a point and the body, by the secret."""
    at = str(int(time.time()))
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    return {"X-Viduweb-Timestamp": at, "X-Viduweb-Signature": f"sha256={signed}"}


SEND: dict[str, Callable[[Delivery], None]] = {
    Delivery.Channel.MAIL: _mail,
    Delivery.Channel.WEBHOOK: _webhook,
}
