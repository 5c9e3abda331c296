"""Mail to people, when EMAIL_URL is set."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from generation.models import Invitation

logger = logging.getLogger(__name__)


def send_invitation(invitation: Invitation, link: str) -> bool:
    """Whether the mail server took it. In the request: a queued message would hold the link."""
    if not settings.SENDS_MAIL or not invitation.email:
        return False
    message = EmailMessage(
        # A name of several lines would be headers of its own.
        subject=" ".join(f"{invitation.invited_by.display_name} invites you to viduweb".split()),
        body=(
            f"{invitation.invited_by.display_name} invites you to the team's viduweb.\n\n"
            f"Make your account here, until {invitation.expires_at:%d %B %Y %H:%M} UTC:\n{link}\n\n"
            "The link works once. If you did not expect it, leave it alone.\n"
        ),
        to=[invitation.email],
    )
    try:
        message.send()
    except (OSError, SMTPException) as error:
        logger.warning("an invitation could not be sent: %s", type(error).__name__)
        return False
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())
    return True
