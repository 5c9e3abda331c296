"""The gateway's bill as a CSV file: any columns, separators and ways to write an amount."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any

from .amounts import MILLION

MOST_BYTES = 20 * 1024 * 1024
MOST_LINES = 200_000
MOST_COLUMNS = 100
MOST_USD = 10_000_000
SAMPLE = 5
SEPARATORS = ",;\t|"
HEAD_BYTES = 64 * 1024
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
LONGEST_ID = 200

NUMBER = {
    ".": re.compile(r"(?a)(\d+|\d{1,3}(?:[, ']\d{3})+)?(?:\.(\d*))?"),
    ",": re.compile(r"(?a)(\d+|\d{1,3}(?:[. ']\d{3})+)?(?:,(\d*))?"),
}
USD = re.compile(r"US\$|USD|\$", re.IGNORECASE)
DAYS = ("%Y/%m/%d", "%d.%m.%Y", "%Y%m%d")
FIRST, LAST = date(1970, 1, 2), date(2999, 12, 31)
"""Programs write a day that is not set as the first of all that they know, or the last."""


class Unreadable(Exception):
    """The file is no bill, or a line of it has no amount; the text says why."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the file is written, with its head and its first lines."""

    encoding: str
    delimiter: str
    header: list[str]
    sample: list[list[str]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what, counted from 0; `decimal` is the sign before cents."""

    remote_id: int
    amount: int
    day: int | None
    decimal: str

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Columns":
        return cls(kept["remote_id"], kept["amount"], kept["day"], kept["decimal"])


@dataclass(frozen=True, slots=True)
class Charge:
    """One line: USD in millionths, and in how many decimal places they were written."""

    line: int
    remote_id: str
    amount: int
    places: int
    day: date | None


def shape_of(file: IO[bytes]) -> Shape:
    """Raises Unreadable."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head.strip():
        raise Unreadable("The file is empty.")
    encoding = _encoding(head)
    delimiter = _delimiter(head.decode(encoding, "replace"))
    rows = list(islice(_rows(file, encoding, delimiter), SAMPLE + 1))
    if not rows:
        raise Unreadable("The file is empty.")
    header = [name.strip()[:80] for name in rows[0][1]]
    if not 2 <= len(header) <= MOST_COLUMNS:
        raise Unreadable(
            "This is no table: its first line has to name the columns, "
            f"2 to {MOST_COLUMNS}, with commas, semicolons or tabs between them."
        )
    sample = [[cell[:80] for cell in row] for _, row in rows[1:]]
    return Shape(encoding, delimiter, header, sample)


def _encoding(head: bytes) -> str:
    for bom, name in BOMS.items():
        if head.startswith(bom):
            return name
    if b"\0" in head:
        raise Unreadable("This is no CSV file. Save the bill as CSV first.")
    try:
        # A character may be cut at the end of what was read.
        head[: head.rfind(b"\n") + 1 or None].decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    plain = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=plain.count)


def _rows(file: IO[bytes], encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The number of its line and the cells of each row that has any; raises Unreadable."""
    file.seek(0)
    text = io.TextIOWrapper(
        io.BufferedReader(_Kept(file)), encoding=encoding, errors="replace", newline=""
    )
    reader = csv.reader(text, delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(f"Line {reader.line_num} cannot be read: {error}.") from None
        cells = [cell.replace("\0", "") for cell in row]
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


class _Kept(io.RawIOBase):
    """A file that stays open when who reads it is done."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def charges(
    file: IO[bytes], encoding: str, delimiter: str, columns: Columns
) -> Iterator[Charge | str]:
    """Each line below the head, or a sentence about one that says no amount of a task.

    Raises Unreadable where nothing more can be read.
    """
    rows = _rows(file, encoding, delimiter)
    next(rows, None)
    for number, (line, row) in enumerate(rows, 1):
        if number > MOST_LINES:
            raise Unreadable(f"A bill may have {MOST_LINES:,} lines. Divide it.")
        try:
            yield _charge(line, row, columns)
        except Unreadable as why:
            yield f"Line {line}: {why}"


def _charge(line: int, row: Sequence[str], columns: Columns) -> Charge:
    remote_id = _cell(row, columns.remote_id)
    if not remote_id:
        raise Unreadable("it names no task.")
    if len(remote_id) > LONGEST_ID:
        raise Unreadable(f"the id of its task is longer than {LONGEST_ID} characters.")
    amount, places = read_amount(_cell(row, columns.amount), columns.decimal)
    day = None if columns.day is None else read_day(_cell(row, columns.day))
    return Charge(line, remote_id, amount, places, day)


def _cell(row: Sequence[str], number: int) -> str:
    # An export that is safe for spreadsheets has an apostrophe before what looks like a formula.
    text = row[number].strip() if number < len(row) else ""
    return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text


def read_amount(text: str, decimal: str) -> tuple[int, int]:
    """Millionths of a USD, and the number of places after the decimal sign; raises Unreadable."""
    said = text
    text = re.sub(r"[\s\u00a0\u2009\u202f]+", " ", text.replace("\u2212", "-")).strip()
    text = USD.sub("", text).strip()
    minus = text.startswith(("-", "(")) or text.endswith("-")
    text = text.strip("()-+ ").strip()
    found = NUMBER[decimal].fullmatch(text)
    if not text or found is None or not any(found.groups()):
        raise Unreadable(f"“{said[:40]}” is no amount in USD.")
    whole, places = re.sub(r"\D", "", found[1] or "0"), found[2] or ""
    if len(whole) > 12 or Decimal(whole) > MOST_USD:
        raise Unreadable(f"“{said[:40]}” is more than one task can cost.")
    amount = round(Decimal(f"{whole}.{places or 0}") * MILLION)
    return (-amount if minus else amount), min(len(places), 6)


def read_day(text: str) -> date | None:
    """None for what is no day, or could be two, or is one on which nobody was charged."""
    day = _read_day(text)
    return day if day and FIRST <= day <= LAST else None


def _read_day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for pattern in DAYS:
        try:
            return datetime.strptime(text.split(" ")[0], pattern).date()
        except ValueError:
            continue
    return None


def guess(shape: Shape) -> dict[str, Any]:
    """What the columns may hold, by their names; the form begins with it."""
    found: dict[str, Any] = {
        "remote_id": _named(shape.header, r"task|request|job|generation", r"\bid\b|_id|id$"),
        "amount": _named(shape.header, r"amount|cost|charge|price|fee|total|paid|betrag"),
        "day": _named(shape.header, r"date|time|created|finished|day|\bat\b|_at$"),
    }
    if found["day"] is None:
        columns = [[_cell(row, n) for row in shape.sample] for n in range(len(shape.header))]
        days = (n for n, cells in enumerate(columns) if cells and all(map(read_day, cells)))
        found["day"] = next(days, None)
    amounts = [_cell(row, found["amount"]) for row in shape.sample if found["amount"] is not None]
    found["decimal"] = "," if any(re.search(r",\d{1,2}\D*$|,\d{4,}", a) for a in amounts) else "."
    return found


def _named(header: list[str], *patterns: str) -> int | None:
    """The first column whose name has all of the patterns, else any, the first counting most."""
    names = [name.lower() for name in header]
    for wanted in ([*patterns], *([one] for one in patterns)):
        for number, name in enumerate(names):
            if all(re.search(pattern, name) for pattern in wanted):
                return number
    return None
