"""A disk that is full while a file says so."""

import errno
import os

from django.conf import settings
from django.core.files.storage import FileSystemStorage

MARK = "disk-is-full"


class FullDisk(FileSystemStorage):
    def _save(self, name, content):
        if (settings.DATA_DIR / MARK).exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super()._save(name, content)
