"""The real settings, with a test's patience and a disk that can be full."""

from viduweb.settings import *  # noqa: F403

INSTALLED_APPS += ["tests.faults.impatient.Impatient"]  # noqa: F405
STORAGES["default"]["BACKEND"] = "tests.faults.disk.FullDisk"  # noqa: F405
