"""Settings, read from the environment and an optional `.env` file beside manage.py.

Nothing has to be set to try the app. `PRODUCTION=1` switches to the strict side: no generated
secrets, no sandbox, secure cookies; it refuses to start while something is missing.
"""

import hashlib
import secrets
import socket
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.http.request import validate_host
from environs import FileAwareEnv

from generation.logs import FORMATS, LEVELS, logging_settings
from generation.media.storage import parse_storage_url
from generation.workers.clusters import DISPATCHING, POLLING
from viduweb.addresses import (
    host_names,
    inner_location,
    is_loopback,
    listening_host,
    postgres_or_sqlite,
    redis_address,
    web_address,
)
from viduweb.secrecy import fernet_key, fernet_keys, kept_secret, own_folder, signing_key, token
from viduweb.values import Values

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

env = FileAwareEnv()
env.read_env(str(BASE_DIR / ".env"), recurse=False)
# What is wrong is noted, and refused at the end of this file, all of it at once.
values = Values(env)

PRODUCTION = values.flag("PRODUCTION")
DEBUG = values.flag("DEBUG")
# Production without TLS, for closed networks; everything else there assumes HTTPS.
INSECURE_HTTP: bool = values.flag("INSECURE_HTTP")
DATA_DIR: Path = values.read("DATA_DIR", own_folder, str(BASE_DIR / "var"))
HOST: str = values.read("HOST", listening_host, "127.0.0.1")
PORT: int = values.number("PORT", 8000, least=1, most=65535)
PUBLIC_URL: str = values.read("PUBLIC_URL", web_address)


def _short(name: str, most: int = 40) -> str:
    """As much of a long name as fits a column, and a digest: two of them stay two."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return name if len(name) <= most else f"{name[: most - 9]}-{digest}"


# Which machine of several this is: each looks after its own workers, and tells them by it.
HOST_NAME: str = _short(values.text("HOST_NAME") or socket.gethostname())

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

# The gateway. Without an address outside production the sandbox stands in for it.
GATEWAY_URL: str = values.read("GATEWAY_URL", lambda url: web_address(url, path=True))
SANDBOX: bool = not GATEWAY_URL and not PRODUCTION
_next_port = PORT + 1 if PORT < 65535 else PORT - 1
SANDBOX_PORT: int = values.number("SANDBOX_PORT", _next_port, least=1, most=65535)
if SANDBOX and SANDBOX_PORT == PORT:
    values.refuse("SANDBOX_PORT", "must be another port than PORT.")
if SANDBOX:
    GATEWAY_URL = f"http://127.0.0.1:{SANDBOX_PORT}/model/v1/generation"
elif not GATEWAY_URL:
    GATEWAY_URL = "https://cloud.vtrix.ai/model/v1/generation"
_plain_gateway = GATEWAY_URL.startswith("http:")
if PRODUCTION and _plain_gateway and not is_loopback(str(urlsplit(GATEWAY_URL).hostname)):
    values.refuse("GATEWAY_URL", "must begin with https://: keys travel on it.")
# Every page of the provider marks off-peak "temporarily unavailable".
OFF_PEAK_AVAILABLE: bool = values.flag("OFF_PEAK_AVAILABLE")

INSTALLED_APPS = [
    "generation",
    # Without autodiscovery: every library's own pages would come in, django-q2's among them,
    # which run any function.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "django_htmx",
    "django_q",
    "lucide",
]

MIDDLEWARE = [
    "generation.middleware.answer_health",
    "generation.logs.identify_requests",
    "generation.middleware.require_our_schema",
    "generation.middleware.compress_pages",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "generation.middleware.keep_out_of_caches",
    "generation.middleware.refuse_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "generation.middleware.redirect_htmx_to_login",
    "generation.middleware.send_to_first_run",
    "generation.middleware.refuse_oversized_bodies",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "viduweb.urls"
WSGI_APPLICATION = "viduweb.wsgi.application"
# We live at the root of our host; no header or environment of a server moves us.
FORCE_SCRIPT_NAME = ""
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "generation.context.site",
            ],
        },
    }
]
FORM_RENDERER = "generation.forms.renderer.Renderer"

# SQLite: IMMEDIATE and WAL are what keeps web and workers from "database is locked". Each of the
# web server's 32 threads has a connection of its own, and each would fill a cache of its own: the
# pages of the file are in the system's cache already.
DATABASE_URL: str = values.read(
    "DATABASE_URL", postgres_or_sqlite, f"sqlite:///{DATA_DIR / 'viduweb.sqlite3'}"
)
DATABASES: dict[str, Any] = {"default": dj_database_url.parse(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA cache_size=-2000; PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Left to itself the client waits two minutes for a server that does not take the connection,
    # and for ever for an answer over a network that is gone. What DATABASE_URL says goes first.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 30_000,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        **DATABASES["default"].get("OPTIONS", {}),
    }

REDIS_URL: str = values.read("REDIS_URL", redis_address)
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "generation.cache.JsonRedisCache", "LOCATION": [REDIS_URL]}
        if REDIS_URL
        else {
            "BACKEND": "generation.cache.JsonDatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    )
    | {"KEY_PREFIX": "viduweb"},
    # django-q2 writes its statistics twice a second: never into the database.
    "queue": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

WORKERS: int = values.number("WORKERS", 2, least=1, most=500)
# Two clusters: `default` submits and archives, `poll` follows. Why each value: the workers'
# tasks keep deadlines of their own below `timeout`, and `retry` counts from the prefetch.
Q_CLUSTER: dict[str, Any] = {
    "name": DISPATCHING,
    "label": "Queue",
    "workers": WORKERS,
    "queue_limit": WORKERS,
    "bulk": 1,
    "timeout": 300,
    "retry": 960,
    "max_attempts": 3,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": -1,
    "poll": 0.2,
    "cache": "queue",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
    "ALT_CLUSTERS": {
        POLLING: {
            "workers": 1,
            "queue_limit": 1,
            "timeout": 45,
            "retry": 50,
            "recycle": 100,
            "scheduler": False,
        }
    },
}

AUTH_USER_MODEL = "generation.User"
AUTHENTICATION_BACKENDS = ["generation.auth.NameOrEmailBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "studio"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "generation.hashers.LeanArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": _VALIDATORS + "UserAttributeSimilarityValidator"},
    {"NAME": _VALIDATORS + "MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": _VALIDATORS + "CommonPasswordValidator"},
    {"NAME": _VALIDATORS + "NumericPasswordValidator"},
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
# Not a setting by itself: it may hold a secret, which error pages would show.
_bucket = values.read("STORAGE_URL", parse_storage_url)
if PRODUCTION and not INSECURE_HTTP and _bucket and _bucket.endpoint.startswith("http:"):
    values.refuse("STORAGE_URL", "must have an endpoint with https://: browsers read files there.")
STORAGES: dict[str, dict[str, Any]] = {
    "default": (
        _bucket.backend()
        if _bucket
        # Names are chosen by us and say the content: what is saved twice is the same file.
        else {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"allow_overwrite": True},
        }
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# The proxy sends the files on disk itself, from this location of its own, when we have said so.
X_ACCEL_REDIRECT: str = values.read("X_ACCEL_REDIRECT", inner_location)
if X_ACCEL_REDIRECT and _bucket:
    values.refuse("X_ACCEL_REDIRECT", "is for files on disk: with STORAGE_URL set, leave it out.")
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700

# What a member may send to an address that takes files: seven images of 50 MB and the other
# fields. Other bodies are far smaller (generation.bodies).
MAX_REQUEST_BYTES = 360 * 1024 * 1024
# `payload` alone may hold 1,048,576 characters of four bytes, three times as long in a form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 16

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "generation.views.csrf.csrf_failure"
# Pictures and films come from the bucket itself, by signed address.
_FILES = [_bucket.origin] if _bucket else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_FILES],
        "media-src": [SELF, "blob:", *_FILES],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# How far browsers keep to HTTPS for a year. Preloading builds the domain into browsers, and takes
# months to undo: whoever owns the whole domain decides that.
HSTS_SUBDOMAINS: bool = values.flag("HSTS_SUBDOMAINS", default=True)
HSTS_PRELOAD: bool = values.flag("HSTS_PRELOAD")
if HSTS_PRELOAD and not HSTS_SUBDOMAINS:
    values.refuse("HSTS_PRELOAD", "needs HSTS_SUBDOMAINS=1.")
SILENCED_SYSTEM_CHECKS = ["security.W021"] + ([] if HSTS_SUBDOMAINS else ["security.W005"])
BEHIND_PROXY: bool = values.flag("BEHIND_PROXY")
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not INSECURE_HTTP
    if not INSECURE_HTTP:
        SESSION_COOKIE_NAME = "__Host-sessionid"
        CSRF_COOKIE_NAME = "__Host-csrftoken"
        SECURE_HSTS_SECONDS = 365 * 24 * 3600
        SECURE_HSTS_INCLUDE_SUBDOMAINS = HSTS_SUBDOMAINS
        SECURE_HSTS_PRELOAD = HSTS_PRELOAD
        SECURE_REDIRECT_EXEMPT = [r"^readyz/?$"]
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS: list[str] = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []

LOG_LEVEL: str = values.choice("LOG_LEVEL", "INFO", LEVELS)
LOG_FORMAT: str = values.choice("LOG_FORMAT", "text", FORMATS)
LOGGING = logging_settings(LOG_LEVEL, LOG_FORMAT)


def _limit(name: str, default: int) -> int:
    """A number from 0 up; 0 is no limit."""
    return values.number(name, default, least=0, most=1_000_000)


# Tasks at the gateway at once. No limit of our own unless set: the provider takes what is more
# than five and queues it itself (docs/gateway.md), and off-peak tasks stay there for up to two days.
MAX_IN_FLIGHT_PER_KEY: int = _limit("MAX_IN_FLIGHT_PER_KEY", 0)
MAX_IN_FLIGHT_PER_MEMBER: int = _limit("MAX_IN_FLIGHT_PER_MEMBER", 0)
# Each makes up to four paid tasks: a script gone wild, or a stuck key, is stopped here.
MAX_SUBMITS_PER_MINUTE: int = _limit("MAX_SUBMITS_PER_MINUTE", 60)
# A poll costs about a thousandth of a core, here and probably there.
MAX_POLLS_PER_SECOND: int = _limit("MAX_POLLS_PER_SECOND", 450)
MAX_POLLS_PER_SECOND_PER_KEY: int = _limit("MAX_POLLS_PER_SECOND_PER_KEY", 450)

# What each member may have uploaded that no task and no subject uses.
UNUSED_UPLOADS_MB: int = _limit("UNUSED_UPLOADS_MB", 1024)

# Whoever knows it may read /metrics; without it there is no such page.
METRICS_TOKEN: str = values.read("METRICS_TOKEN", token)

values.finish()
