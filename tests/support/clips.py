"""The clips of made-up histories: every history has the same four, and drawing them takes its time."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generation.fake import files


@contextmanager
def drawn_once(folder: Path) -> Iterator[None]:
    """While it lasts each is drawn once, into that folder, and copied from there."""
    draw = files.write_clip

    def write(path, picture, *others, **options):
        drawn = folder / path.name
        if not drawn.exists():
            draw(drawn, picture, *others, **options)
        shutil.copyfile(drawn, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "write_clip", write)
        yield
