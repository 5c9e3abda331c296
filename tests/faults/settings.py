"""The real settings, with a test's patience."""

from viduweb.settings import *  # noqa: F403

INSTALLED_APPS += ["tests.faults.impatient.Impatient"]  # noqa: F405
