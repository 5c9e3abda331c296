"""Icons are those of the package, and none is asked for that it has not."""

import re
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from lucide.templatetags.lucide import lucide

from generation.supervisor.reaper import ROOT
from generation.templatetags import icons
from generation.templatetags.icons import icon

NAMES = sorted(
    {
        name
        for page in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'{% (?:icon|use) "([^"]+)"', page.read_text())
    }
)


def parts(svg):
    drawn = ElementTree.fromstring(svg)
    return drawn.attrib, [(part.tag, part.attrib) for part in drawn.iter() if part is not drawn]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_drawn_as_the_package_draws_it(name):
    theirs = lucide(name, size=16, **{"class": "icon wide", "aria_hidden": "true"})
    assert parts(icon(name, 16, "wide")) == parts(theirs)


def test_one_that_is_not_there_is_named():
    with pytest.raises(KeyError, match="no-such-icon"):
        icon("no-such-icon")


def test_all_of_them_are_looked_for_in_an_archive_that_is_opened_once(monkeypatch):
    opened = []

    def opening(file):
        opened.append(file)
        return ZipFile(file)

    monkeypatch.setattr(icons, "ZipFile", opening)
    icons._archive.cache_clear()
    icons._drawn.cache_clear()
    for name in NAMES[:20]:
        icon(name)
    assert len(opened) == 1
