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
    "exclamation mark in a sentence": r"[a-z]!\s*<",
}


@pytest.mark.parametrize("name", templates())
def test_parses(name):
    assert get_template(name)


@pytest.mark.parametrize("what", FORBIDDEN)
@pytest.mark.parametrize("name", templates())
def test_keeps_to_the_policy(name, what):
    assert re.findall(FORBIDDEN[what], text_of(name), re.IGNORECASE) == []


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
