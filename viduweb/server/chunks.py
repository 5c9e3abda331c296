"""Takes the chunks of a request body apart as they arrive (RFC 9112, section 7.1)."""

import re

LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
LONGEST_LINE, LONGEST_TRAILER = 256, 8192


class BadChunk(ValueError):
    """What arrived is no chunked body; where it ends nobody knows."""


class Chunks:
    """`feed` raw bytes and get the content; from `ended` on, `rest` is what follows the body."""

    def __init__(self) -> None:
        self.ended = False
        self.rest = b""
        self._raw = bytearray()
        self._left = 0
        self._step = self._size

    def feed(self, data: bytes) -> bytes:
        """Raises BadChunk."""
        self._raw += data
        found = bytearray()
        while not self.ended and self._step(found):
            pass
        return bytes(found)

    def _line(self, longest: int) -> bytes | None:
        end = self._raw.find(b"\r\n")
        if end > longest or (end < 0 and len(self._raw) > longest):
            raise BadChunk("a line without an end")
        if end < 0:
            return None
        line = bytes(self._raw[:end])
        del self._raw[: end + 2]
        return line

    def _size(self, found: bytearray) -> bool:
        line = self._line(LONGEST_LINE)
        if line is None:
            return False
        size = LINE.fullmatch(line)
        if size is None:
            raise BadChunk("no size of a chunk")
        self._left = int(size[1], 16)
        self._trailer = LONGEST_TRAILER
        self._step = self._content if self._left else self._end
        return True

    def _content(self, found: bytearray) -> bool:
        piece = self._raw[: self._left]
        del self._raw[: self._left]
        found += piece
        self._left -= len(piece)
        if self._left == 0:
            self._step = self._gap
        return bool(piece)

    def _gap(self, found: bytearray) -> bool:
        if len(self._raw) < 2:
            return False
        if self._raw[:2] != b"\r\n":
            raise BadChunk("a chunk longer than its size")
        del self._raw[:2]
        self._step = self._size
        return True

    def _end(self, found: bytearray) -> bool:
        line = self._line(self._trailer)
        if line is None:
            return False
        self._trailer -= len(line) + 2
        if not line:
            self.ended, self.rest = True, bytes(self._raw)
        return True
