"""What share of the code's lines the tests have run, by room: `python -m tests.covered FILE`.

Of the JSON that `make test COVERAGE=FILE` leaves.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path, PurePath

SCOPE = """Lines that the fast tests have run, in their own processes, on SQLite. What only runs in processes
of its own (supervisor, web server, workers and commands in the tests of whole stacks, of faults and
of Chromium) counts as not run: the true share is higher, above all for supervisor and server.
Migrations are left out."""


def by_room(files: dict[str, dict]) -> dict[str, list[int]]:
    """How many lines have run, and how many there are, of each room."""
    rooms: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, file in files.items():
        if "migrations" in name:
            continue
        path = PurePath(name)
        run, missed = len(file["executed_lines"]), len(file["missing_lines"])
        for room in ("/".join(path.parts[:2]) if len(path.parts) > 2 else path.parts[0], "all"):
            rooms[room][0] += run
            rooms[room][1] += run + missed
    return rooms


def report(files: dict[str, dict]) -> str:
    rooms = by_room(files)
    total = rooms.pop("all")
    rows = [*sorted(rooms.items()), ("all", total)]
    lines = [f"{name:<28} {run:>6} of {of:>6}  {run / of:4.0%}" for name, (run, of) in rows if of]
    return "\n".join([SCOPE, "", *lines])


if __name__ == "__main__":
    print(report(json.loads(Path(sys.argv[1]).read_text())["files"]))
