"""What stands between the answer and the first paint: little, and nothing that waits for something else."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.factories import make_task

FILES = re.compile(r'(?:src|href)="/static/([^"?#]+)"')
BLOCKING = re.compile(r'<script(?![^>]*(?: type="module"| defer))[^>]*>')
PAGES = {"/": 64, "/tasks/": 43, "/subjects/": 16, "/subjects/new/": 22}
"""How many files of ours a page may ask for; each is kept by the browser for a year."""


def weight(data):
    return len(gzip.compress(data))


def served(name):
    return Path(finders.find(name)).read_bytes()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_no_script_holds_its_paint_back(client_for, alice, team_key, path):
    for _ in range(3):
        make_task(alice, "completed")
    html = client_for(alice).get(path).content.decode()
    files = set(FILES.findall(html))
    assert 10 < len(files) <= PAGES[path]
    # The theme alone: by it the first paint has the right colours.
    (blocking,) = BLOCKING.findall(html)
    assert "js/theme.js" in blocking
    assert weight(served("js/theme.js")) < 1_000
    # And, where there are tiles, what puts them into rows: painted before, they would move.
    waits = re.findall(r'js/([\w.-]+)" blocking="render"', html)
    assert waits == (["rows.js"] if "/css/cards.css" in html else [])
    assert weight(served("js/rows.js")) < 2_700
    assert "@import" not in "".join(served(one).decode() for one in files if one.endswith(".css"))
    assert weight(html.encode()) + sum(weight(served(one)) for one in files) < 150_000
    # Nothing of the page comes from elsewhere, and what is above the fold is in the first answer.
    assert re.findall(r'(?:src|href)="(?:https?:)?//', html.split("</head>")[0]) == []
    assert "<h1" in html
