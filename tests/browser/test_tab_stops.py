"""Tab through every page of studio and subjects: each stop is seen, has a ring, and lies under no bar."""

import json

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, log_in
from .films import MADE as FILMS

pytestmark = pytest.mark.browser

SUBJECT = """
from generation.models import Task, TaskSubject, User
from tests.factories import make_subject
subject = make_subject(User.objects.get(username="thea"), "tilda", 2)
for task in Task.objects.filter(owner__username="thea"):
    TaskSubject.objects.create(task=task, subject=subject, handle="tilda", title="Tilda", position=0, made_at=task.created_at)
"""
PAGES = [
    "/",
    "/?family=reference2video",
    "/tasks/",
    "/tasks/{task}/",
    "/subjects/",
    "/subjects/new/",
]
PAGES += ["/subjects/tilda/", "/subjects/tilda/edit/"]
MOST = 250  # stops of a page
# What somebody would call lost: no ring anywhere, outside the window, or wholly under something else. Rings inside a
# player are the browser's own.
STOP = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const isHidden = one.getBoundingClientRect().width < 4 || getComputedStyle(one).opacity === "0";
    const part = isHidden ? one.closest("label, .drop, .new-card, .card") ?? one.labels?.[0] ?? one : one;
    const hasRing = one.matches("video") || [...document.querySelectorAll("body *")].some(
        (it) => (getComputedStyle(it).outlineStyle !== "none" || it.matches(".box:has(textarea:focus-visible)"))
            && it.checkVisibility({opacityProperty: true}));
    const {left, top, width, height} = part.getBoundingClientRect();
    const isSeen = [[.5, .5], [.1, .1], [.9, .1], [.1, .9], [.9, .9]].some(([x, y]) => {
        const hit = document.elementFromPoint(left + width * x, top + height * y);
        return hit && (part.contains(hit) || hit.contains(part) && hit.matches("label, a, button, .card, details, dialog"));
    });
    const name = one.id || one.getAttribute("aria-label") || one.textContent.trim().slice(0, 40) || one.outerHTML.slice(0, 80);
    return [name, hasRing ? "" : "no ring", isSeen && part.checkVisibility({opacityProperty: true}) ? "" : "not seen"];
}"""


@pytest.fixture(scope="module")
def thea(chromium, stack):
    made = json.loads(stack.shell(FILMS.format(name="thea", password=PASSWORD, count=12)))
    stack.shell(SUBJECT)
    return made, log_in(chromium, stack, "thea")


def walk(page, key):
    """The stops from here to the end of the page, or to its beginning."""
    found = []
    for _ in range(MOST):
        page.keyboard.press(key)
        stop = page.evaluate(STOP)
        if stop is None or (len(found) > 1 and stop == found[0]):
            break
        found.append(stop)
    return found


@pytest.mark.parametrize("path", PAGES)
def test_every_stop_is_seen(new_page, thea, path):
    made, state = thea
    watched = new_page(state, viewport={"width": 1366, "height": 650})
    page = watched.page
    watched.open(path.format(task=made[0]))
    for role in ("banner", "main"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("navigation").first).to_be_visible()
    expect(page.locator("h1")).to_have_count(1)
    on = walk(page, "Tab")
    assert on[0][0] == "Skip to content"
    assert len(on) > 8
    assert sum(name.endswith(("-open", "-pick")) for name, *_ in on) <= 1
    back = walk(page, "Shift+Tab")
    assert [stop for stop in on + back if stop[1] or stop[2]] == []
