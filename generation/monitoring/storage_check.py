"""Whether files can be stored now."""

from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from generation.monitoring.probe import Probe


def _try_storage() -> bool:
    name = f"probe/{uuid4()}"
    try:
        try:
            name = default_storage.save(name, ContentFile(b"viduweb"))
        finally:
            # A full disk takes the name without the content.
            default_storage.delete(name)
    except OSError:
        return False
    return True


# A bucket that takes connections and never answers would be waited for a minute and a half.
storage = Probe(_try_storage, otherwise=False, within=4.0, kept=5.0)


def storage_writable() -> bool:
    """Whether a file can be stored now; tried at most every five seconds a process.

    Answers within four seconds: a storage that takes longer is none to rely on.
    """
    return storage.answer()
