"""Settings that changed between two starts of a machine are written down, secrets without a value."""

import json
import logging
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from generation.models import AuditEvent

logger = logging.getLogger(__name__)
NOT_SET = "not set"


def note_changed_settings() -> list[str]:
    """What has changed since this machine started last; the first start only remembers."""
    now: dict[str, str] = settings.GIVEN_SETTINGS
    path = _file()
    changed = _differences(_read(path), now)
    try:
        AuditEvent.objects.bulk_create(
            AuditEvent(what="setting.changed", target=f"{settings.HOST_NAME}: {line}"[:120])
            for line in changed
        )
        _write(path, now)
    except (DatabaseError, OSError) as error:
        logger.warning("changed settings could not be written down: %s", type(error).__name__)
    return changed


def _differences(before: dict[str, str] | None, now: dict[str, str]) -> list[str]:
    if before is None:
        return []
    lines = []
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name, ""), now.get(name, "")
        if old != new:
            secret = (old or new).startswith("#")
            lines.append(
                f"{name} has another value"
                if secret and old and new
                else f"{name} {_shown(old)}, now {_shown(new)}"
            )
    return lines


def _shown(value: str) -> str:
    return "set" if value.startswith("#") else value or NOT_SET


def _file() -> Path:
    path: Path = settings.DATA_DIR / "settings.json"
    return path


def _read(path: Path) -> dict[str, str] | None:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, now: dict[str, str]) -> None:
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(now))
    fresh.replace(path)
