"""What was asked of the sandbox: for tests to count, and for people to follow."""

import json
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TextIO

KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One answered request. `key` holds the last four characters only; `at` is Unix seconds."""

    method: str
    path: str
    key: str
    status: int
    task: str
    at: float


class RequestLog:
    """The latest requests in memory, and all of them as JSON lines in `file` when given."""

    def __init__(self, file: Path | None = None) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._lock = Lock()
        self._file: TextIO | None = None
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._file = file.open("a", encoding="utf-8", buffering=1)

    def add(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)
            if self._file is not None:
                self._file.write(json.dumps(asdict(entry)) + "\n")

    def entries(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(entry) for entry in self._entries]

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
