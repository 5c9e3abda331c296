"""Mail to a member when somebody changed how they log in: it may not have been them."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

from generation.models import User
from generation.workers.wakeups import wake

logger = logging.getLogger(__name__)
JOB = "generation.jobs.mail_notice"

WHAT = {
    "factor-added": "A second factor was added to your account.",
    "factor-removed": "A second factor was removed from your account.",
    "factors-reset": "An admin removed the second factors of your account.",
    "codes-made": "New recovery codes were made for your account.",
}


def tell(user: User, what: str) -> None:
    """A worker sends it; nobody waits."""
    if settings.SENDS_MAIL and user.email:
        wake(JOB, user.pk, what)


def mail(pk: int, what: str) -> None:
    user = User.objects.filter(pk=pk).exclude(email="").first()
    if user is None or not settings.SENDS_MAIL:
        return
    message = EmailMessage(
        subject="Your viduweb account",
        body=f"{WHAT[what]}\n\nIf it was not you, tell an admin of your team.\n",
        to=[user.email],
    )
    try:
        message.send()
    except (OSError, SMTPException) as error:
        logger.warning("a notice could not be sent: %s", type(error).__name__)
