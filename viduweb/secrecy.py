"""Secrets in settings, and the folder that keeps them. No sentence here repeats a secret."""

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from viduweb.values import Bad

SYSTEM = frozenset(
    f"/{name}"
    for name in [
        "bin",
        "dev",
        "etc",
        "home",
        "lib",
        "media",
        "mnt",
        "opt",
        "proc",
        "run",
        "srv",
        "sys",
        "usr",
        "var",
    ]
) | {"/", "/usr/local", "/var/lib"}
SHORTEST_KEY = 50
SHORTEST_TOKEN = 20
HOW_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
HOW_FERNET = (
    ".venv/bin/python -c 'from cryptography.fernet import Fernet; "
    "print(Fernet.generate_key().decode())'"
)


def own_folder(text: str) -> Path:
    """DATA_DIR: only the user who runs viduweb may look into it, so it is nobody else's."""
    try:
        path = Path(text).expanduser().resolve()
    except (RuntimeError, OSError):
        raise Bad("is no folder: name one by its whole path.") from None
    # Everybody's folders: closed to others, they would take the machine down with them.
    if str(path) in SYSTEM or (path.is_dir() and path.stat().st_mode & stat.S_ISVTX):
        raise Bad(f"is {path}, which is not for viduweb alone: name a folder of its own.")
    if path.exists() and not path.is_dir():
        raise Bad(f"is {path}, which is no folder: name one.")
    return path


def kept_secret(folder: Path, name: str, make: Callable[[], str]) -> str:
    """The secret of that name in `folder`, made at the first start, readable by the owner only.

    Raises Bad when the folder cannot be used.
    """
    path = folder / name
    try:
        if not path.exists():
            _make_once(path, make())
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no text"
        raise Bad(f"cannot be used: {path} ({reason}). Name a folder of our own.") from None


def _make_once(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(secret)
    # link() fails when another process was first: then its secret is the one.
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def fernet_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def signing_key(text: str) -> str:
    if len(text) < SHORTEST_KEY:
        raise Bad(f"must have at least {SHORTEST_KEY} random characters: make one by {HOW_KEY}.")
    if text.startswith("django-insecure-") or len(set(text)) < 10:
        raise Bad(f"is not random: make one by {HOW_KEY}.")
    return text


def fernet_keys(text: str) -> list[str]:
    """ENCRYPTION_KEYS: Fernet keys, comma-separated, the newest first."""
    keys = [key.strip() for key in text.split(",") if key.strip()]
    for number, key in enumerate(keys, 1):
        try:
            raw = base64.b64decode(key, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        which = f"its key {number}" if len(keys) > 1 else "it"
        if len(raw) != 32:
            raise Bad(f"must be Fernet keys, and {which} is none: make one by {HOW_FERNET}.")
        if len(set(raw)) < 10:
            raise Bad(f"must be random, and {which} is not: make one by {HOW_FERNET}.")
    return keys


def token(text: str) -> str:
    if text and (len(text) < SHORTEST_TOKEN or len(set(text)) < 8 or not text.isascii()):
        raise Bad(
            f"must have at least {SHORTEST_TOKEN} random letters and digits, or be left out: "
            f"make one by {HOW_KEY}."
        )
    if " " in text:
        raise Bad("holds a space, which its header cannot: leave it out.")
    return text
