"""One place says which version this is, and it lies behind the latest release."""

import re
import tomllib
from pathlib import Path

from django.conf import settings

from tests.upgrades.dumps import RELEASES

ROOT = Path(__file__).parent.parent.parent


def test_settings_and_package_say_the_same_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == settings.VERSION


def test_every_release_in_the_changelog_has_a_dump():
    """The dump is made by what was released: not before this is the next version."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    released = re.findall(r"^## (\S+) - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert released
    assert sorted({*released} - {settings.VERSION}) == RELEASES


def test_every_heading_of_the_changelog_is_a_release_or_the_next_one():
    """One of another form would be no release to the test above."""
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    coming = re.escape(settings.VERSION.partition(".dev")[0])
    form = rf"{coming} \(unreleased\)|\d+\.\d+\.\d+ - \d{{4}}-\d\d-\d\d"
    assert [heading for heading in headings if not re.fullmatch(form, heading)] == []
