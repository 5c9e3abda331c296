"""Our scripts are small, plain modules that run under the strict content policy."""

import re

import pytest

from .pages import STATIC, scripts, stylesheets


def script(name):
    return (STATIC / "js" / name).read_text()


@pytest.mark.parametrize("name", scripts())
def test_is_small_and_says_what_it_does(name):
    source = script(name)
    assert source.startswith("/* ")
    assert len(source.splitlines()) < 200


@pytest.mark.parametrize("name", scripts())
def test_imports_nothing(name):
    # Hashed static file names are not rewritten inside modules.
    assert not re.search(r"^\s*(import|export)\b|\bimport\(", script(name), re.MULTILINE)


@pytest.mark.parametrize("name", scripts())
def test_needs_no_eval_and_writes_no_inline_code(name):
    source = script(name)
    assert not re.search(r"\beval\(|new Function|setTimeout\(\s*[\"']|document\.write", source)
    assert not re.search(r"setAttribute\(\s*[\"'](style|on)", source)


@pytest.mark.parametrize("name", scripts())
def test_asks_the_server_by_htmx_alone(name):
    # Whatever goes another way passes the guard of polling.js. A file to share is no part of a page.
    if name == "share.js":
        return
    assert not re.search(r"\bfetch\(|XMLHttpRequest|sendBeacon|EventSource|WebSocket", script(name))


def test_only_pictures_are_taken_out_of_a_paste():
    """Passwords and codes are pasted as everywhere: no other script stops what is pasted."""
    assert [name for name in scripts() if "paste" in script(name)] == ["giving.js", "submit.js"]
    assert "if (!given.length || isText) return;" in script("giving.js")
    assert "preventDefault" not in script("submit.js").split('"paste"]')[1].split("\n")[0]


def test_markup_from_text_is_parsed_inertly_in_two_places_only():
    found = [
        name for name in scripts() if re.search(r"\.innerHTML|insertAdjacentHTML", script(name))
    ]
    assert found == ["far.js", "live.js"]
    assert re.findall(r"(\S+)\.innerHTML", script("live.js")) == ["answer"]
    assert re.findall(r"(\S+)\.innerHTML", script("far.js")) == ["inert"]


@pytest.mark.parametrize("name", stylesheets())
def test_styles_stand_in_layers_and_close_what_they_open(name):
    source = (STATIC / "css" / name).read_text()
    assert source.startswith("/* ")
    assert "@layer" in source
    assert source.count("{") == source.count("}")
    assert "@import" not in source
    assert "url(" not in source
