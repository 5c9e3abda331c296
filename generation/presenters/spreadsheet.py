"""Rows as CSV that a spreadsheet opens without running anything."""

import csv
from collections.abc import Iterable, Iterator

STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
"""What makes a spreadsheet take a cell for a formula."""


class _Echo:
    """A file that hands back each line."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for row in rows:
        yield str(writer.writerow([safe(cell) for cell in row]))


def safe(cell: object) -> str:
    """Text that begins like a formula gets an apostrophe before it; numbers stay numbers."""
    text = "" if cell is None else str(cell)
    is_number = isinstance(cell, int | float) or (cell is not None and not isinstance(cell, str))
    return f"'{text}" if text.startswith(STARTERS) and not is_number else text
