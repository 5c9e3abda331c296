"""Every template parses and keeps to the strict content policy and to our habits."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template, render_to_string

from .pages import templates, text_of

FORBIDDEN = {
    "inline style": r"\sstyle\s*=|<style\b",
    "inline script": r"<script\b(?![^>]*\ssrc=)",
    "event attribute": r"\son[a-z]+\s*=",
    "hx-on, which needs eval": r"\shx-on\b",
    "script in a value": r"[\"']\s*(js|javascript):",
    "trigger filter, which needs eval": r"hx-trigger=\"[^\"]*\[",
    "file of another host": r"(src|href)=\"(https?:)?//",
    "list of another role, whose items are none": r"<[uo]l\b[^>]*\srole=\"(?!list\")",
    "film that starts or starts again by itself": r"<(?:video|audio)\b[^>]*\s(?:autoplay|loop)\b",
    "exclamation mark in a sentence": r"[a-z]!\s*<",
}


@pytest.mark.parametrize("name", templates())
def test_parses(name):
    assert get_template(name, using="jinja2" if name.startswith("tiles/") else "django")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_all_keep_to_the_policy(what):
    found = {
        name: re.findall(FORBIDDEN[what], text_of(name), re.IGNORECASE) for name in templates()
    }
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.parametrize("name", templates())
def test_static_files_exist(name):
    for path in re.findall(r"{% static '([^']+)' %}", text_of(name)):
        assert finders.find(path), path


@pytest.mark.parametrize("name", templates())
def test_only_help_texts_are_trusted_markup(name):
    assert re.findall(r"{{[^}]*\|safe(?!\w)", text_of(name)) in ([], ["{{ field.help_text|safe"])


@pytest.mark.parametrize("name", templates())
def test_fragments_stay_small(name):
    assert len(text_of(name).splitlines()) <= 90


@pytest.mark.parametrize("name", templates())
def test_posting_forms_carry_the_token(name):
    for form in re.findall(r"<form\b.*?</form>", text_of(name), re.DOTALL):
        # The composer's token is in the fields that are re-sent with it.
        carried = "csrf_token" in form or "studio/_fields.html" in form
        assert carried or 'method="post"' not in form


@pytest.mark.parametrize("name", templates())
def test_what_asks_by_itself_lets_the_guard_hold_it_back(name):
    for tag in re.findall(r"<[^>]*hx-trigger=\"every [^>]*>", text_of(name)):
        assert "data-poll=" in tag
        assert 'hx-sync="this:drop"' in tag


@pytest.mark.parametrize("name", templates())
def test_times_carry_the_full_moment(name):
    # Our script puts it into the title of those that run or are written by it (clocks.js).
    for tag in re.findall(r"<time\b[^>]*>", text_of(name)):
        assert "datetime=" in tag
        assert re.search(r"data-(local|since|until)=|title=", tag), tag


@pytest.mark.parametrize("name", ["base.html", "errors/bare.html"])
def test_the_theme_is_set_before_anything_is_painted(name):
    """By a script that the parser waits for, since the policy allows none inside the page."""
    head = text_of(name).split("</head>")[0]
    assert head.count("<script src=\"{% static 'js/theme.js' %}\"></script>") == 1


@pytest.mark.parametrize("name", ["500.html", "400.html"])
def test_errors_without_a_request_need_no_context(name):
    html = render_to_string(name)
    assert html.count("<h1") == 1
    assert "htmx" not in html


@pytest.mark.parametrize("name", templates())
def test_pages_have_one_heading(name):
    source = text_of(name)
    if '{% extends "base.html" %}' not in source or name == "tasks/task.html":
        return
    assert source.count("<h1") == 1


def drawn_with(name: str) -> set[str]:
    """All templates that one takes in, however deep."""
    inside = set(re.findall(r'{% include "([^"]+)"', text_of(name)))
    inside |= {"tiles/tile.html"} if "{% tile " in text_of(name) else set()
    return inside.union(*map(drawn_with, inside - {name}))


@pytest.mark.parametrize("name", templates())
def test_pages_with_tiles_bring_their_shapes_and_rows(name):
    if not text_of(name).startswith("{% extends") or "tiles/tile.html" not in drawn_with(name):
        return
    assert "tasks/_rows.html" in drawn_with(name)
    for file in ("css/shapes.css", "css/cards.css", "js/rows.js"):
        assert f"{{% static '{file}' %}}" in text_of(name)
