"""A line of a template, a style sheet or a script is short enough to see what changed in it."""

from pathlib import Path

import pytest
from django.conf import settings

LONGEST = 139
FOLDERS = ("templates", "static/css", "static/js")
FILES = sorted(
    path for folder in FOLDERS for path in (Path(settings.BASE_DIR) / folder).rglob("*.*")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_lines_are_short(path):
    lines = enumerate(path.read_text().splitlines(), start=1)
    assert [number for number, line in lines if len(line) > LONGEST] == []
