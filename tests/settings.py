"""Settings of the test run: everything real, under a folder of its own.

TEST_DATABASE_URL and TEST_REDIS_URL choose PostgreSQL and the Redis broker.
"""

import os
import tempfile

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="viduweb-test-")
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "")
for name in (
    "PRODUCTION",
    "DEBUG",
    "GATEWAY_URL",
    "PUBLIC_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "STORAGE_URL",
    "LOG_FORMAT",
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
