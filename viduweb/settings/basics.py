"""Where the installation stands: its folder, its addresses, its secrets, and how strict it is."""

import hashlib
import secrets
import socket
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from django.http.request import validate_host
from environs import FileAwareEnv

from viduweb.addresses import host_names, listening_host, web_address
from viduweb.secrecy import fernet_key, fernet_keys, kept_secret, own_folder, signing_key
from viduweb.values import Values

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

env = FileAwareEnv()
env.read_env(str(BASE_DIR / ".env"), recurse=False)
# What is wrong is noted, and refused by `finish` at the end, all of it at once.
values = Values(env)

PRODUCTION = values.flag("PRODUCTION")
DEBUG = values.flag("DEBUG")
# Production without TLS, for closed networks; everything else there assumes HTTPS.
INSECURE_HTTP: bool = values.flag("INSECURE_HTTP")
DATA_DIR: Path = values.read("DATA_DIR", own_folder, str(BASE_DIR / "var"))
HOST: str = values.read("HOST", listening_host, "127.0.0.1")
PORT: int = values.number("PORT", 8000, least=1, most=65535)
PUBLIC_URL: str = values.read("PUBLIC_URL", web_address)


def short_name(name: str, most: int = 40) -> str:
    """As much of a long name as fits a column, and a digest: two of them stay two."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return name if len(name) <= most else f"{name[: most - 9]}-{digest}"


# Which machine of several this is: each looks after its own workers, and tells them by it.
HOST_NAME: str = short_name(values.text("HOST_NAME") or socket.gethostname())

SECRET_KEY: str = values.text("SECRET_KEY")
ENCRYPTION_KEYS: list[str] = values.read("ENCRYPTION_KEYS", fernet_keys)
ALLOWED_HOSTS: list[str] = values.read("ALLOWED_HOSTS", host_names)

if PRODUCTION:
    values.check("SECRET_KEY", signing_key)
    if not ENCRYPTION_KEYS:
        values.refuse(
            "ENCRYPTION_KEYS", "is not set: set one Fernet key (docs/operating.md says how)."
        )
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        values.refuse("ALLOWED_HOSTS", "must name the hosts that you serve.")
    if DEBUG:
        values.refuse("DEBUG", "must be off in production: its pages show what is secret.")
    if PUBLIC_URL.startswith("http:") and not INSECURE_HTTP:
        values.refuse("PUBLIC_URL", "must begin with https://, unless INSECURE_HTTP=1.")
    if PUBLIC_URL and not validate_host(str(urlsplit(PUBLIC_URL).hostname), ALLOWED_HOSTS):
        values.refuse("PUBLIC_URL", "has a host that ALLOWED_HOSTS does not name: add it there.")
else:
    SECRET_KEY = SECRET_KEY or values.kept(
        "DATA_DIR", lambda: kept_secret(DATA_DIR, "secret_key", lambda: secrets.token_urlsafe(64))
    )
    ENCRYPTION_KEYS = ENCRYPTION_KEYS or values.judged(
        "ENCRYPTION_KEYS",
        fernet_keys,
        values.kept("DATA_DIR", lambda: kept_secret(DATA_DIR, "encryption_key", fernet_key)),
    )
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
