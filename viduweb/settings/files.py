"""Files: our own, those of members, and how much of a request is read."""

from typing import Any

from generation.media.storage import parse_storage_url
from viduweb.addresses import inner_location

from .basics import BASE_DIR, DATA_DIR, INSECURE_HTTP, PRODUCTION, values

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
# Not a setting by itself: it may hold a secret, which error pages would show.
_bucket = values.read("STORAGE_URL", parse_storage_url)
# Pictures and films come from the bucket itself, by signed address.
file_origins = [_bucket.origin] if _bucket else []
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
    "staticfiles": {"BACKEND": "generation.static_files.StaticFiles"},
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
