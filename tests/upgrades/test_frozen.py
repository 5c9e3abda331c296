"""What a release has shipped is not edited: databases were made by it."""

import hashlib
from pathlib import Path

import pytest

from tests.upgrades.dumps import HERE, RELEASES

MIGRATIONS = Path(__file__).parent.parent.parent / "generation/migrations"

RELEASED = {
    "0001_initial.py": "06f7c90c7a4f9a1707a8e31cf601b4933f68e8b4dbbaac607bb68f3a7badd305",
}
"""The SHA-256 of every migration that a release contains: add to it, never change it."""


@pytest.mark.parametrize("name", RELEASED)
def test_a_released_migration_is_as_it_was_released(name):
    found = hashlib.sha256((MIGRATIONS / name).read_bytes()).hexdigest()
    assert found == RELEASED[name], f"{name} is released: make a new migration instead"


@pytest.mark.parametrize("release", RELEASES)
def test_the_dump_of_a_release_is_whole(release):
    held = {path.name for path in (HERE / release).iterdir()}
    assert held == {"sqlite.sql", "postgresql.sql", "files", "gateway"}
