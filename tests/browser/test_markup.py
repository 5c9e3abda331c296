"""Markup in every text of people and of the gateway, on every page: it stays text."""

import json
import re

import pytest
from django.urls import get_resolver
from playwright.sync_api import expect

from generation.admin import site
from tests.processes.stack import start_stack
from tests.views.kinds import (
    ADMIN_OBJECTS,
    ADMINS,
    GET_ONLY,
    MEMBERS,
    OF_OBJECTS,
    OF_ONESELF,
    POST_ONLY,
    PUBLIC,
)
from tests.views.test_walker import address, patterns

from .conftest import PASSWORD, log_in
from .planted import LONG, texts

pytestmark = pytest.mark.browser

FILES = {"image", "image-thumbnail", "output", "output-poster", "output-picture", "subject-export"}
FILES |= {"collection-download"}
FILES |= GET_ONLY | {"usage-export", "usage-export-json", "audit-export"}
NO_PAGE = FILES | POST_ONLY | {"logout", "setup", "readyz", "changes"}

WATCH = """
window.ran = [];
addEventListener('securitypolicyviolation', e => window.ran.push(
    `policy: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
new MutationObserver(found => found.forEach(({target, addedNodes}) => addedNodes.forEach(node => {
    if (node.nodeName === 'X-P' || node.attributes?.['x-p']) window.ran.push(target.outerHTML);
}))).observe(document, {childList: true, subtree: true});
"""
FOUND = """() => {
    const inside = document.querySelectorAll('x-p, [x-p], [x-y], a[href^="javascript:" i]');
    const hidden = [...document.querySelectorAll('template')].flatMap(
        one => [...one.content.querySelectorAll('x-p, [x-p]')]);
    return [...window.ran, ...[...inside, ...hidden].map(one => one.parentElement?.outerHTML)];
}"""

EXPECTED = "Failed to load resource|does not conform to the required format"

SHOWN = {
    *("ApiKey.label", "ApiKey.last_error", "AuditEvent.target", "Bill.header", "Bill.name"),
    *("Bill.problems", "Bill.sample", "BillRow.remote_id", "Draft.fields", "Image.name"),
    *("Invitation.email", "Invitation.label", "Note.text", "Output.last_error", "Tag.name"),
    *(
        "Snippet.text",
        "Subject.notes",
        "Subject.title",
        "Subject.voice_id",
        "SubjectProposal.note",
    ),
    *("SubjectProposal.title", "SubjectVersion.what", "Task.error_code", "Task.error_message"),
    *("Task.gateway_status", "Task.key_label", "Task.params", "Task.remote_id", "TaskEvent.detail"),
    *("TaskEvent.text", "User.email", "User.first_name", "User.username"),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """Of its own: every name in it becomes markup."""
    with start_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


def addresses(planted):
    """Every page of the walker's table, and those with something in their address or behind."""
    names = {entry.name for entry in patterns(get_resolver())}
    pages = (PUBLIC | MEMBERS | ADMINS | OF_OBJECTS | ADMIN_OBJECTS | OF_ONESELF) - NO_PAGE
    for name in sorted(pages & names):
        yield address(name, planted)
    text = LONG.format("q").replace("#", "%23").replace("{", "%7B").replace('"', "%22")
    for path in ("/tasks/", "/subjects/", "/team/", "/prompts/", "/subjects/mention-list/"):
        yield f"{path}?q={text}"
    for path in ("/usage/?by={}", "/usage/?by=member&by=key", "/usage/?by=subject&since={}"):
        yield path.format(text)
    yield from (f"/login/?next={text}", f"/team/audit/?who={text}", f"/?remix={planted['task']}")
    yield f"/usage/reconciliation/{planted['columns']}/"
    yield from (f"/{text}/", "/subjects/rex/propose/")
    yield from (f"/tasks/{pk}/" for pk in planted["tasks"])
    yield from (f"/subjects/{handle}/" for handle in planted["subjects"])
    yield "/admin/"
    for model in site._registry:
        base = f"/admin/generation/{model._meta.model_name}/"
        row = planted["admin"][model._meta.model_name]
        yield from (base, f"{base}{row}/change/", f"{base}{row}/history/")


def in_the_studio(page, url):
    """What scripts write there: a file's name, marked words, the list of a mention, prompts."""
    page.goto(f"{url}/subjects/new/")
    name = LONG.format("file").replace("/", "")
    file = {"name": f"{name}.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.locator("#id_images").set_input_files(file)
    expect(page.get_by_text("x{{7*7}}x").first).to_be_visible()
    found = page.evaluate(FOUND)
    page.goto(f"{url}/?kind=reference2video")
    prompt = page.locator("#id_prompt")
    prompt.fill(LONG.format("prompt"))
    prompt.press_sequentially(" @r")
    expect(page.locator("[role=option]", has_text="7*7").first).to_be_visible()
    return found + page.evaluate(FOUND)


def at_the_login(new_page):
    stranger = new_page()
    stranger.page.add_init_script(WATCH)
    stranger.open("/login/")
    stranger.page.locator("#id_username").fill(LONG.format("name"))
    stranger.page.locator("#id_password").fill("wrong")
    stranger.page.keyboard.press("Enter")
    expect(stranger.page.get_by_text("password is wrong").first).to_be_visible()
    stranger.expect_trouble("422")
    return stranger.page.evaluate(FOUND)


def test_it_stays_text_on_every_page(new_page, chromium, stack):
    planted = json.loads(
        stack.shell(f"from tests.browser.planted import plant; plant({PASSWORD!r})")
    )
    watched = new_page(log_in(chromium, stack, "vera"))
    page = watched.page
    page.add_init_script(WATCH)
    seen, bad = set(), []
    for path in addresses(planted):
        answer = watched.open(path)
        assert answer.status < 500, path
        html = page.content()
        seen |= {int(number) for number in re.findall(r"#(\d+)#", html)}
        bad += [(path, what) for what in page.evaluate(FOUND)]
        assert "x49x" not in html, path
    bad += [("the studio", what) for what in in_the_studio(page, stack.url)]
    # Pages that are not there and values that nobody offers are spoken of in the console.
    watched.troubles = [said for said in watched.troubles if not re.search(EXPECTED, said)]
    bad += [("a login", what) for what in at_the_login(new_page)]
    assert bad == []
    columns = texts()
    assert SHOWN - {columns[number] for number in seen} == set()
