"""Settings of the benchmark's web server: ours, and one bare view to compare our pages with."""

from viduweb.settings import *  # noqa: F403

ROOT_URLCONF = "tests.load.urls"
# A session says which of them logs its user in: the bare view is asked with Django's own.
AUTHENTICATION_BACKENDS = [
    *AUTHENTICATION_BACKENDS,  # noqa: F405
    "django.contrib.auth.backends.ModelBackend",
]
