"""A small disk of its own for the results, that can really be full."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

MEGABYTES = 4
MOUNT = f'mount -t tmpfs -o size={MEGABYTES}m tmpfs "$0" && echo mounted && exec cat'


class Disk:
    """`folder` is the disk as everybody sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, leave: int) -> None:
        """Leaves `leave` bytes of space."""
        self._ballast.write_bytes(bytes(MEGABYTES * 1024**2 - leave))

    def make_space(self) -> None:
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path):
    """A Disk that lives as long as a process that keeps its mount: needs no rights of root.

    Others reach into that process's mounts through /proc.
    """
    folder.mkdir()
    keeper = subprocess.Popen(
        ("unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT, str(folder)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert keeper.stdout is not None
        if (said := keeper.stdout.readline()) != "mounted\n":
            pytest.skip(f"no disk can be mounted here: {said.strip()}")
        yield Disk(Path(f"/proc/{keeper.pid}/root{folder}"))
    finally:
        keeper.communicate()
