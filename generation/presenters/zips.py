"""What a zip of results says about them: names of files, and a table of what made each."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from generation.catalog.money import usd
from generation.models import Output, Task

from .files import file_name
from .spreadsheet import csv_lines

COLUMNS = (
    "file", "prompt", "model", "seed", "parameters", "cost_usd", "member", "created_at", "task", "output",
    "gateway_task", "kind", "width", "height", "duration_s", "bytes", "sha256", "note",
)  # fmt: skip
LEFT_OUT = {"prompt", "seed", "callback_url"}
"""Of the parameters: those that have columns, and a door of the member's own."""

MISSING = "The file is missing in the storage."
NOTHING = "There is no file."


@dataclass(frozen=True, slots=True)
class Line:
    """A result and its name in the zip; without one it has no file there, and `note` says why."""

    task: Task
    output: Output | None = None
    name: str = ""
    note: str = ""


class Names:
    """One for each file, none twice."""

    def __init__(self) -> None:
        self._taken = {"manifest.csv"}
        self._numbers: dict[str, int] = {}

    def of(self, output: Output) -> str:
        wanted = PurePath(file_name(output))
        name = str(wanted)
        number = self._numbers.get(name, 1)
        while name in self._taken:
            number += 1
            name = f"{wanted.stem}_{number}{wanted.suffix}"
        self._numbers[str(wanted)] = number
        self._taken.add(name)
        return name


def heading() -> bytes:
    """With a mark in front, by which spreadsheets know that it is UTF-8."""
    return b"\xef\xbb\xbf" + "".join(csv_lines([COLUMNS])).encode()


def rows(lines: Iterable[Line]) -> bytes:
    return "".join(csv_lines(map(_row, lines))).encode()


def _row(line: Line) -> tuple[object, ...]:
    task, output = line.task, line.output
    params = task.whole_params()
    others = {name: value for name, value in params.items() if name not in LEFT_OUT}
    return (
        line.name,
        str(params.get("prompt", "")),
        task.model,
        params.get("seed"),
        json.dumps(others, ensure_ascii=False, sort_keys=True),
        "" if task.charge is None else usd(task.charge).removeprefix("$"),
        task.owner.username,
        task.created_at.isoformat(timespec="seconds"),
        task.pk,
        output.pk if output else "",
        task.remote_id,
        output.kind if output else "",
        output.width if output else "",
        output.height if output else "",
        output.duration if output else "",
        output.bytes if output else "",
        output.sha256 if output else "",
        line.note,
    )
