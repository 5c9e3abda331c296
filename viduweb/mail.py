"""EMAIL_URL: the mail server, and who our mail is from."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from viduweb.addresses import is_host
from viduweb.values import Bad

HOW = "write smtp://user:password@host:587?from=viduweb@example.com, or smtps:// for TLS from the start"
PORTS = {"smtp": 587, "smtps": 465}
OPTIONS = frozenset({"from", "tls"})


@dataclass(frozen=True, slots=True)
class MailServer:
    """`starttls` is for smtp://, which only on request (`tls=off`) stays in clear."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    ssl: bool
    starttls: bool

    def __repr__(self) -> str:
        return f"<MailServer {self.host}:{self.port}>"


def mail_server(url: str) -> MailServer | None:
    """None for ""; raises Bad."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Bad(f"cannot be read: {HOW}.") from None
    if parts.scheme not in PORTS or not is_host(parts.hostname or "") or port == 0:
        raise Bad(f"names no mail server: {HOW}; special characters are percent-encoded.")
    options = parse_qs(parts.query, keep_blank_values=True)
    if unknown := set(options) - OPTIONS:
        raise Bad(f"has an option that is none: take out {', '.join(sorted(unknown))}.")
    tls = options.get("tls", ["on"])[-1]
    if tls not in ("on", "off"):
        raise Bad("has a tls that is neither on nor off.")
    return MailServer(
        host=str(parts.hostname),
        port=port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=_sender(options.get("from", [""])[-1]),
        ssl=parts.scheme == "smtps",
        starttls=parts.scheme == "smtp" and tls == "on",
    )


def _sender(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        raise Bad(f"does not say who our mail is from: {HOW}.") from None
    return address
