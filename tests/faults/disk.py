"""Small disks of their own, that can really be full."""

import os
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.servers import missing

MEGABYTE = 1024**2
CHUNK = 64 * 1024
KEEPER = 'mount -t tmpfs -o "$1" tmpfs "$0" && echo mounted && exec cat'
MEND = (
    "No small disk can be mounted here ({why}). Run the tests as root with CAP_SYS_ADMIN, or "
    "allow user namespaces: sysctl kernel.unprivileged_userns_clone=1"
)


class Disk:
    """`folder` is the disk as everybody sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, leave: int = 0) -> None:
        """Leaves `leave` bytes of space, if as many were free."""
        with self._ballast.open("wb", buffering=0) as ballast:
            with suppress(OSError):
                while True:
                    ballast.write(bytes(CHUNK))
            ballast.truncate(max(0, ballast.tell() - leave))

    def make_space(self) -> None:
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, megabytes: int = 4):
    """A Disk of that size at `folder`, for as long as the context lasts.

    Root mounts it for everyone, also for a PostgreSQL that does not run as root. Everybody else
    needs a user namespace, which a process keeps; others reach into it through /proc.
    """
    folder.mkdir(parents=True)
    options = f"size={megabytes}m,mode=0755"
    mount = ("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    if os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0:
        try:
            yield Disk(folder)
        finally:
            # Lazily: whatever still has a file open there ends by itself.
            subprocess.run(("umount", "--lazy", str(folder)), check=True)
        return
    keeper = subprocess.Popen(
        ("unshare", "--map-root-user", "--mount", "sh", "-c", KEEPER, str(folder), options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert keeper.stdout is not None
        if (said := keeper.stdout.readline()) != "mounted\n":
            missing(MEND.format(why=said.strip()))
        yield Disk(Path(f"/proc/{keeper.pid}/root{folder}"))
    finally:
        keeper.communicate()
