"""The first start: a one-time link for the first admin, and a key for the sandbox."""

import hmac
import secrets
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from generation.models import ApiKey, User


def _token_file() -> Path:
    path: Path = settings.DATA_DIR / "setup_token"
    return path


def needs_setup() -> bool:
    return not User.objects.exists()


def setup_address(base_url: str) -> str | None:
    """The one-time link for the first admin; None once anybody exists."""
    if not needs_setup():
        forget_token()
        return None
    return f"{base_url}{reverse('setup')}?{urlencode({'token': _token()})}"


def _token() -> str:
    path = _token_file()
    if not (token := _kept_token()):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(token := secrets.token_urlsafe(24))
    return token


def _kept_token() -> str:
    """Empty once it is used, which may be in this moment."""
    try:
        return _token_file().read_text().strip()
    except FileNotFoundError:
        return ""


def token_is_right(given: str) -> bool:
    """Whether `given` is the token printed on the console; constant time."""
    token = _kept_token()
    return bool(token) and hmac.compare_digest(token.encode(), given.strip().encode())


def forget_token() -> None:
    _token_file().unlink(missing_ok=True)


def ensure_sandbox_key() -> None:
    """With the sandbox on, the team has a key for it, so that the first try needs no set-up."""
    if not settings.SANDBOX or ApiKey.objects.filter(trial=True).exists():
        return
    key = ApiKey(label="Sandbox", trial=True)
    key.keep_secret(f"sandbox-{secrets.token_hex(16)}")
    key.save()
