"""Reads the values of settings; what is wrong with them is told all at once, name by name."""

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured
from environs import Env

from generation.redaction import clipped

T = TypeVar("T")

SECRET = frozenset(
    {
        "SECRET_KEY",
        "ENCRYPTION_KEYS",
        "DATABASE_URL",
        "REDIS_URL",
        "STORAGE_URL",
        "EMAIL_URL",
        "METRICS_TOKEN",
        "OIDC_CLIENT_SECRET",
    }
)
"""Settings that hold a secret, or may."""

ON = frozenset({"1", "true", "yes", "on", "y", "t"})
OFF = frozenset({"0", "false", "no", "off", "n", "f"})
NUMBER = re.compile(r"-?[0-9]{1,18}")


class Bad(ImproperlyConfigured):
    """A value that cannot be used; the text goes on after the setting's name."""


class Values:
    """Settings by name. A bad one counts as not set, until `finish` refuses to start."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._problems: dict[str, str] = {}
        self._given: dict[str, str] = {}

    def text(self, name: str, default: str = "") -> str:
        """Without space around it; an empty line in `.env` counts as not set."""
        try:
            value: str = self._env.str(name, "").strip()
        except UnicodeDecodeError:
            self.refuse(name, f"is no text: look into the file that {name}_FILE names.")
            return default
        except (ValueError, OSError):
            self.refuse(name, f"cannot be read: {name}_FILE must name a readable file.")
            return default
        if not value.isprintable():
            self.refuse(name, "holds a line end or another control character: take it out.")
            return default
        if value:
            self._given[name] = value
        return value or default

    def given(self) -> dict[str, str]:
        """What was set, by name; a secret as # and a digest, which only tells that it changed."""
        return {
            name: f"#{blake2b(value.encode(), digest_size=8).hexdigest()}"
            if name in SECRET
            else value
            for name, value in self._given.items()
        }

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name).casefold()
        if value and value not in ON | OFF:
            self.refuse(name, f"is neither on nor off but {shown(value)}: set 1 or 0.")
        return value in ON if value else default

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        value = self.text(name)
        if not value:
            return default
        if NUMBER.fullmatch(value) and least <= int(value) <= most:
            return int(value)
        self.refuse(
            name,
            f"must be a whole number from {least} to {most}, not {shown(value)}; "
            f"left out, it is {default}.",
        )
        return default

    def choice(self, name: str, default: str, options: Sequence[str]) -> str:
        value = self.text(name) or default
        found = {option.casefold(): option for option in options}.get(value.casefold())
        if found is None:
            self.refuse(name, f"must be one of {', '.join(options)}, not {shown(value)}.")
        return found or default

    def read(self, name: str, reader: Callable[[str], T], default: str = "") -> T:
        """What `reader` makes of the text, which it refuses by raising Bad."""
        return self.judged(name, reader, self.text(name, default), default)

    def judged(self, name: str, reader: Callable[[str], T], value: str, instead: str = "") -> T:
        """As `read`, of a value that comes from elsewhere."""
        try:
            return reader(value)
        except ImproperlyConfigured as bad:
            self.refuse(name, str(bad).removeprefix(f"{name} "))
            return reader(instead)

    def check(self, name: str, reader: Callable[[str], object]) -> None:
        """As `read`, also of what is not set."""
        try:
            reader(self.text(name))
        except Bad as bad:
            self.refuse(name, str(bad))

    def kept(self, name: str, make: Callable[[], str]) -> str:
        """What `make` finds or makes in the folder of that name; nothing when that is refused."""
        try:
            return "" if name in self._problems else make()
        except Bad as bad:
            self.refuse(name, str(bad))
            return ""

    def refuse(self, name: str, sentence: str) -> None:
        """`sentence` goes on after the name: what is wrong, and what to set."""
        self._problems.setdefault(name, sentence)

    def finish(self) -> None:
        """Raises ImproperlyConfigured with a line for each setting that is wrong."""
        if self._problems:
            lines = [f"{name} {sentence}" for name, sentence in self._problems.items()]
            raise ImproperlyConfigured("\n  ".join(["viduweb cannot start:", *lines]))


def time_zone(name: str) -> str:
    try:
        return name if name == "UTC" else ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Bad(f"must be a time zone such as Europe/Berlin, not {shown(name)}.") from None


def shown(value: str) -> str:
    return f"“{clipped(value, 60)}”"
