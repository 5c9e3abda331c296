"""Every error says what happened and what to do; every empty list what will be there, and the way on."""

import re
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from tests.factories import make_task
from tests.frontend.pages import STATIC

MAIN = re.compile(r"<main\b.*?</main>", re.DOTALL)
EMPTY = re.compile(r'<div class="empty".*?</div>', re.DOTALL)
DOES = re.compile(r'<(?:a|button)\b[^>]*(?:href="([^"]+)"|type="submit")')


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def not_found(client, alice):
    return client.get(f"/tasks/{uuid4()}/"), 404


def gone_for_a_stranger(client, alice):
    return Client().get("/share/notatoken/"), 404


def too_old(client, alice):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    return strict.post("/tasks/", {}), 403


def too_large(client, alice):
    return client.generic("POST", "/tasks/", b"", CONTENT_LENGTH=1 << 30), 413


def nothing_to_compare(client, alice):
    return client.get(reverse("compare")), 422


@pytest.mark.parametrize(
    ("reach", "happened", "to_do", "way"),
    [
        (not_found, "There is no such page", "Back to the studio", "/"),
        (gone_for_a_stranger, "There is no such page", "ask them for a new one", "/login/"),
        (too_old, "Nothing was changed", "reload the page", "/"),
        (too_large, "larger than this server takes", "Use fewer or smaller images", "/"),
        (nothing_to_compare, "Nothing to compare", "Open the gallery", "/tasks/"),
    ],
)
def test_a_page_of_an_error_says_both_and_leads_on(client_for, alice, reach, happened, to_do, way):
    answer, status = reach(client_for(alice), alice)
    assert answer.status_code == status
    (main,) = MAIN.findall(answer.content.decode())
    assert main.count("<h1") == 1
    assert happened in words(main)
    assert to_do in words(main)
    assert way in DOES.findall(main)


@pytest.mark.parametrize(
    ("name", "happened", "to_do"),
    [
        ("400.html", "Nothing was changed", "Back to the studio"),
        ("500.html", "Something broke on the server", "Try again in a moment"),
    ],
)
def test_errors_without_a_request_say_both_too(name, happened, to_do):
    (main,) = MAIN.findall(render_to_string(name))
    assert happened in words(main)
    assert to_do in words(main)
    assert DOES.findall(main) == ["/"]


@pytest.mark.parametrize(
    ("path", "says", "way"),
    [
        ("/tasks/?q=zebra", "Nothing matches", "?"),
        ("/tasks/?favourite=1", "No favourites yet", "?whose=all"),
        ("/tasks/?state=running", "Nothing is running", "?whose=all"),
        ("/tasks/?whose=mine", "Nothing of yours here", "?whose=all"),
        ("/subjects/?q=zebra", "Nothing found", "/subjects/"),
        ("/subjects/?whose=mine", "Nothing found", "/subjects/"),
        ("/subjects/", "Give a character a name", "/subjects/new/"),
    ],
)
def test_an_empty_list_says_what_will_be_there_and_leads_on(
    client_for, alice, bob, path, says, way
):
    make_task(bob, "completed")
    (empty,) = EMPTY.findall(client_for(alice).get(path).content.decode())
    assert says in words(empty)
    assert way in DOES.findall(empty)


def test_who_is_new_reads_what_it_is_and_may_begin(client_for, alice, team_key):
    (empty,) = EMPTY.findall(client_for(alice).get("/").content.decode())
    assert "Your first video" in words(empty)
    assert len(re.findall(r'<button [^>]*data-try="[^"]+"', empty)) == 2


def test_what_scripts_say_of_an_error_says_both():
    """Two sentences, or two halves: what is, and what to do."""
    said = re.findall(r'^  \d{3}: "([^"]+)"', (STATIC / "js/main.js").read_text(), re.MULTILINE)
    said += re.findall(r'return "(\w[^"]+\.)";', (STATIC / "js/images.js").read_text())
    said += re.findall(r'problem\(.*\?\? "([^"]+)"\)', (STATIC / "js/main.js").read_text())
    assert len(said) == 7
    assert [text for text in said if len(re.findall(r"[.;:]", text)) < 2] == []
