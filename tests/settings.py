"""Settings of the test run: everything real, under a folder of its own.

TEST_DATABASE_URL and TEST_REDIS_URL choose PostgreSQL and the Redis broker.
"""

import os
import re
import tempfile


def redis_url() -> str:
    """Of this process alone: the first has the index of TEST_REDIS_URL, others those before it.

    Caches are emptied between tests, and throttles count people of the same names.
    """
    url, _, index = os.environ.get("TEST_REDIS_URL", "").rpartition("/")
    worker = re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or "0"
    return f"{url}/{(int(index) - int(worker)) % 16}" if url else ""


os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="viduweb-test-")
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
os.environ["REDIS_URL"] = redis_url()
for name in (
    "PRODUCTION",
    "DEBUG",
    "GATEWAY_URL",
    "PUBLIC_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "STORAGE_URL",
    "LOG_FORMAT",
    "HOST",
):
    os.environ.pop(name, None)
os.environ["LOG_LEVEL"] = "WARNING"

from viduweb.settings import *  # noqa: E402, F403

if not os.environ["DATABASE_URL"]:
    # A file, not memory: threads and locks then behave as in real life.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"allow_overwrite": True},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
