"""Many stored files as one zip, made while it is sent: in memory is one piece of one file.

Nothing is compressed, so the length is known before the first byte, and the bytes are the same
whenever they are asked for: what broke can go on where it ended.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from generation.media.dated_zip import DatedZip

PIECE = 256 * 1024
Moment = tuple[int, int, int, int, int, int]
WHEN: Moment = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: opened when its turn comes, and closed before the next one's."""

    name: str
    size: int
    open: Callable[[], BinaryIO]
    when: Moment = WHEN


def _zip(entries: Sequence[Entry]) -> "DatedZip":
    # Loaded by whoever makes one: workers and most pages never do.
    from generation.media.dated_zip import DatedZip

    made = DatedZip()
    for entry in entries:
        made.add_dated(_pieces(entry), entry.name, entry.size, entry.when)
    return made


def _pieces(entry: Entry) -> Iterator[bytes]:
    with entry.open() as file:
        while piece := file.read(PIECE):
            yield piece


def length(entries: Sequence[Entry]) -> int:
    return len(_zip(entries))


def stream(entries: Sequence[Entry], start: int = 0) -> Iterator[bytes]:
    """The bytes from `start` on. What comes before is read too, for its checksums, but not sent."""
    skip = start
    for piece in _zip(entries):
        if skip >= len(piece):
            skip -= len(piece)
            continue
        yield piece[skip:] if skip else piece
        skip = 0
