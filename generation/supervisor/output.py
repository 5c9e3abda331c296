"""The output of all services in one stream, every line marked with its service's name."""

from collections.abc import Iterable
from typing import Protocol

from generation.logs import service_line

# A line longer than this is passed on in pieces, so that no service can fill our memory.
LONGEST_LINE = 65536


class Stream(Protocol):
    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


class Printer:
    """Writes `name | text`, or JSON that names the service; silent when nobody reads any more."""

    def __init__(self, stream: Stream, names: Iterable[str], *, as_json: bool = False) -> None:
        self._stream = stream
        self._as_json = as_json
        self._width = max(map(len, names), default=0)

    def line(self, name: str, text: str) -> None:
        if self._as_json:
            self.plain(service_line(name, text))
        else:
            self.plain(f"{name:<{self._width}} | {text}")

    def plain(self, text: str) -> None:
        try:
            self._stream.write(f"{text}\n")
            self._stream.flush()
        except (OSError, ValueError):
            # A closed terminal or pipe is no reason to stop the services.
            pass


class LineSplitter:
    """Turns chunks of bytes into whole lines of text."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        return [_text(line) for line in lines]

    def close(self) -> list[str]:
        """The last line, if it had no end."""
        rest, self._rest = self._rest, b""
        return [_text(rest)] if rest else []


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
