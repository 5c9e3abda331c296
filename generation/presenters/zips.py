"""What a zip of results says about them: names of files, and a table of what made each."""

import json
from collections.abc import Iterable, Iterator
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


def unique_names(outputs: Iterable[Output]) -> Iterator[tuple[Output, str]]:
    seen: set[str] = {"manifest.csv"}
    for output in outputs:
        wanted = PurePath(file_name(output))
        name, number = str(wanted), 2
        while name in seen:
            name, number = f"{wanted.stem}_{number}{wanted.suffix}", number + 1
        seen.add(name)
        yield output, name


def manifest(lines: Iterable[Line]) -> bytes:
    """With a mark in front, by which spreadsheets know that it is UTF-8."""
    text = "".join(csv_lines([COLUMNS, *map(_row, lines)]))
    return b"\xef\xbb\xbf" + text.encode()


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
