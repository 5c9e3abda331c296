"""Settings, read from the environment and an optional `.env` file beside manage.py.

Nothing has to be set to try the app. `PRODUCTION=1` switches to the strict side: no generated
secrets, no sandbox, secure cookies; it refuses to start while something is missing.
"""

import base64
import hashlib
import os
import secrets
import socket
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

from viduweb.logs import logging_settings
from viduweb.storage import parse_storage_url

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

env = FileAwareEnv()
env.read_env(str(BASE_DIR / ".env"), recurse=False)


def _flag(name: str) -> bool:
    """Off unless set; an empty line in `.env` counts as not set."""
    return bool(env.str(name, "")) and env.bool(name)


PRODUCTION = _flag("PRODUCTION")
DEBUG = _flag("DEBUG")
DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / "var").resolve()
PORT: int = env.int("PORT", 8000)
PUBLIC_URL: str = env.str("PUBLIC_URL", "").rstrip("/")


def _short(name: str, most: int = 40) -> str:
    """As much of a long name as fits a column, and a digest: two of them stay two."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return name if len(name) <= most else f"{name[: most - 9]}-{digest}"


# Which machine of several this is: each looks after its own workers, and tells them by it.
HOST_NAME: str = _short(env.str("HOST_NAME", "").strip() or socket.gethostname())


def _kept_secret(name: str, make: Any) -> str:
    """The secret of that name in DATA_DIR, made at the first start, readable by the owner only."""
    path = DATA_DIR / name
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = DATA_DIR / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        # link() fails when another process was first: then its secret is the one.
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


SECRET_KEY: str = env.str("SECRET_KEY", "")
ENCRYPTION_KEYS: list[str] = list(filter(None, env.list("ENCRYPTION_KEYS", [])))
ALLOWED_HOSTS: list[str] = list(filter(None, env.list("ALLOWED_HOSTS", [])))

if PRODUCTION:
    missing = [
        sentence
        for wrong, sentence in (
            (len(SECRET_KEY) < 50, "SECRET_KEY: set at least 50 random characters."),
            (
                not ENCRYPTION_KEYS,
                "ENCRYPTION_KEYS: set one Fernet key (README, Going to production).",
            ),
            (DEBUG, "DEBUG: must be off."),
            (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS, "ALLOWED_HOSTS: name the hosts you serve."),
        )
        if wrong
    ]
    if missing:
        raise ImproperlyConfigured("viduweb cannot start in production.\n  " + "\n  ".join(missing))
else:
    SECRET_KEY = SECRET_KEY or _kept_secret("secret_key", lambda: secrets.token_urlsafe(64))
    ENCRYPTION_KEYS = ENCRYPTION_KEYS or [_kept_secret("encryption_key", _fernet_key)]
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]

# The gateway. Without an address outside production the sandbox stands in for it.
SANDBOX_PORT: int = env.int("SANDBOX_PORT", PORT + 1)
GATEWAY_URL: str = env.str("GATEWAY_URL", "").rstrip("/")
SANDBOX: bool = not GATEWAY_URL and not PRODUCTION
if SANDBOX:
    GATEWAY_URL = f"http://127.0.0.1:{SANDBOX_PORT}/model/v1/generation"
elif not GATEWAY_URL:
    GATEWAY_URL = "https://cloud.vtrix.ai/model/v1/generation"
# Every page of the provider marks off-peak "temporarily unavailable" (seed 000-003).
OFF_PEAK_AVAILABLE: bool = _flag("OFF_PEAK_AVAILABLE")

INSTALLED_APPS = [
    "generation",
    "django.contrib.admin",
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
    "viduweb.logs.identify_requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "generation.middleware.refuse_oversized_bodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "generation.middleware.redirect_htmx_to_login",
    "generation.middleware.send_to_first_run",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "viduweb.urls"
WSGI_APPLICATION = "viduweb.wsgi.application"
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

# SQLite: IMMEDIATE and WAL are what keeps web and workers from "database is locked".
DATABASE_URL: str = env.str("DATABASE_URL", "") or f"sqlite:///{DATA_DIR / 'viduweb.sqlite3'}"
DATABASES: dict[str, Any] = {"default": dj_database_url.parse(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;"
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

REDIS_URL: str = env.str("REDIS_URL", "")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    ),
    # django-q2 writes its statistics twice a second: never into the database.
    "queue": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# Two clusters: `default` submits and archives, `poll` follows. Why each value: the workers'
# tasks keep deadlines of their own below `timeout`, and `retry` counts from the prefetch.
Q_CLUSTER: dict[str, Any] = {
    "name": "default",
    "label": "Queue",
    "workers": env.int("WORKERS", 2),
    "queue_limit": env.int("WORKERS", 2),
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
        "poll": {
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
    "django.contrib.auth.hashers.Argon2PasswordHasher",
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
_bucket = parse_storage_url(env.str("STORAGE_URL", ""))
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
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
FILE_UPLOAD_PERMISSIONS = 0o600

# Seven images of 50 MB (api.md 1.1) and the other fields; `payload` alone may hold 1,048,576 characters.
MAX_REQUEST_BYTES = 360 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
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
CSRF_FAILURE_VIEW = "generation.views.errors.csrf_failure"
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
if PRODUCTION:
    # One switch for installs in a closed network without TLS; everything else assumes HTTPS.
    INSECURE_HTTP: bool = _flag("INSECURE_HTTP")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not INSECURE_HTTP
    if not INSECURE_HTTP:
        SESSION_COOKIE_NAME = "__Host-sessionid"
        CSRF_COOKIE_NAME = "__Host-csrftoken"
        SECURE_HSTS_SECONDS = 365 * 24 * 3600
        SECURE_HSTS_INCLUDE_SUBDOMAINS = True
        SECURE_HSTS_PRELOAD = True
        SECURE_REDIRECT_EXEMPT = [r"^readyz/?$"]
    if _flag("BEHIND_PROXY"):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS: list[str] = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []

LOG_LEVEL: str = env.str("LOG_LEVEL", "") or "INFO"
LOG_FORMAT: str = env.str("LOG_FORMAT", "") or "text"
LOGGING = logging_settings(LOG_LEVEL, LOG_FORMAT)


def _limit(name: str, default: int) -> int:
    """A number from 0 up; 0 is no limit."""
    value = env.int(name, default) if env.str(name, "") else default
    if value < 0:
        raise ImproperlyConfigured(f"{name}: must be 0 (no limit) or more.")
    return int(value)


# Tasks at the gateway at once. No limit of our own unless set: the provider takes what is more
# than five and queues it itself (api.md 2.6), and off-peak tasks stay there for up to two days.
MAX_IN_FLIGHT_PER_KEY: int = _limit("MAX_IN_FLIGHT_PER_KEY", 0)
MAX_IN_FLIGHT_PER_MEMBER: int = _limit("MAX_IN_FLIGHT_PER_MEMBER", 0)
# A poll costs about a thousandth of a core, here and probably there.
MAX_POLLS_PER_SECOND: int = _limit("MAX_POLLS_PER_SECOND", 450)
MAX_POLLS_PER_SECOND_PER_KEY: int = _limit("MAX_POLLS_PER_SECOND_PER_KEY", 450)

# Whoever knows it may read /metrics; without it there is no such page.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", "")
