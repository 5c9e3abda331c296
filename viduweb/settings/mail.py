"""Mail."""

from viduweb.mail import mail_server

from .basics import values

# Mail: invitations, and the way back for who has forgotten the password. Not a setting by itself,
# as it holds a password, which error pages would show.
_mail = values.read("EMAIL_URL", mail_server)
SENDS_MAIL: bool = _mail is not None
if _mail:
    EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.ssl, _mail.starttls
    DEFAULT_FROM_EMAIL = SERVER_EMAIL = _mail.sender
# Seconds that a link for a new password works.
PASSWORD_RESET_TIMEOUT = 3600
# Seconds: an admin waits for it.
EMAIL_TIMEOUT = 10
