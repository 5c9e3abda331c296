"""The sandbox's own directory: tasks, inputs and results, each a plain file."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` so that a reader sees all of it or nothing, also after a crash."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    part.write_bytes(data)
    part.replace(path)


def secret_in(directory: Path) -> bytes:
    """The key that signs result addresses; made on first use, readable by the owner only."""
    path = directory / "secret"
    if not path.exists():
        part = path.with_name(f"secret.{secrets.token_hex(4)}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        part.replace(path)
    return path.read_bytes()


def remove_old(directory: Path, before: float, keep: Iterable[str] = ()) -> None:
    """Delete files last written before `before` (Unix seconds) that are not named in `keep`."""
    kept = set(keep)
    for path in directory.iterdir():
        if path.name not in kept and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
