"""One place says which version this is, and it lies behind the latest release."""

import tomllib
from pathlib import Path

from django.conf import settings

from tests.upgrades.dumps import RELEASES

ROOT = Path(__file__).parent.parent.parent


def test_settings_and_package_say_the_same_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == settings.VERSION


def test_every_release_in_the_changelog_has_a_dump():
    headings = [
        line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line[:3] == "## "
    ]
    versions = [heading.split()[1] for heading in headings]
    assert set(RELEASES) <= set(versions)
    assert settings.VERSION not in RELEASES
