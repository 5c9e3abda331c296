"""A way back for who has forgotten the password: a link that works once, for an hour."""

import logging
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse

from generation.models import User
from generation.workers.wakeups import wake

from .login_limits import count_reset

logger = logging.getLogger(__name__)
JOB = "generation.jobs.mail_password_reset"
NOBODY = 0


def mails_resets() -> bool:
    """Needs the address people use: one that a request names could be anybody's."""
    return bool(settings.SENDS_MAIL and settings.PUBLIC_URL)


def ask(request: HttpRequest, name: str) -> None:
    """Sends a link to the account of that name or e-mail, if there is one; raises TooManyGuesses.

    A worker looks and sends: the answer takes as long whether there is one or not.
    """
    user = count_reset(request, name)
    wake(JOB, user.pk if user else NOBODY)


def mail(pk: int) -> None:
    """For the worker. The link is made here, so that no queue and no table holds it."""
    user = User.objects.filter(pk=pk, is_active=True).exclude(email="").first()
    if user is None or not mails_resets():
        return
    message = EmailMessage(
        subject="A new password for viduweb",
        body=(
            f"Somebody, probably you, wants a new password for {user.username}.\n\n"
            f"Set it here within an hour:\n{settings.PUBLIC_URL}{path_for(user)}\n\n"
            "If it was not you, do nothing: the old password stays.\n"
        ),
        to=[user.email],
    )
    try:
        message.send()
    except (OSError, SMTPException) as error:
        logger.warning("a mail for a new password could not be sent: %s", type(error).__name__)


def path_for(user: User) -> str:
    """Good once: it ends with a new password, a login, or after an hour."""
    token = default_token_generator.make_token(user)
    return reverse("password-reset", args=[user.public_id, token])


def owner_of(public_id: UUID, token: str) -> User | None:
    user = User.objects.filter(public_id=public_id, is_active=True).first()
    return user if user and default_token_generator.check_token(user, token) else None
