"""A stored zip whose bytes are the same whenever they are made."""

from collections.abc import Iterator
from typing import Any

from zipstream import ZIP_STORED, ZipStream
from zipstream.ng import ZipStreamInfo

Moment = tuple[int, int, int, int, int, int]


class DatedZip(ZipStream):
    """With times of ours: it would write the present moment, which is another at the next try."""

    def __init__(self) -> None:
        super().__init__(compress_type=ZIP_STORED, sized=True)
        self._dates: dict[str, Moment] = {}

    def add_dated(self, pieces: Iterator[bytes], name: str, size: int, when: Moment) -> None:
        self._dates[name] = when
        self.add(pieces, name, size=size)

    def _gen_file_entry(
        self, *, arcname: str, iterable: Iterator[bytes], size: int, **options: Any
    ) -> Iterator[bytes]:
        info = ZipStreamInfo(arcname, self._dates[arcname])
        info.external_attr = 0o600 << 16
        info.compress_type = ZIP_STORED
        info.file_size = size
        info.header_offset = self._pos
        for piece in info._file_data(iterable):
            yield self._track(piece)
        if info.file_size != size:
            # The client sees by the missing bytes that this is not all of it.
            raise OSError(f"{arcname} has changed while it was sent")
        self._filelist.append(info)
