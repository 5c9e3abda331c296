"""Many tiles: what is far from the window costs nothing, and is there all the same."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.load.scroll import OLDER
from tests.support.eventually import eventually

from .conftest import PASSWORD, log_in
from .many_results import results_of

pytestmark = pytest.mark.browser

COUNTED = """
window.counted = 0;
for (const [owner, name] of [[window, "setInterval"], [window, "setTimeout"], [IntersectionObserver.prototype, "observe"],
                             [ResizeObserver.prototype, "observe"], [MutationObserver.prototype, "observe"]]) {
  const real = owner[name];
  owner[name] = function (...given) { window.counted += 1; return real.apply(this, given); };
}"""
INTO_A_TILE = """() => new Promise((done) => {
  document.querySelector("article.card .open").append(document.createElement("video"));
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""
IS_DRAWN = "tile => tile.querySelector('.open').checkVisibility({contentVisibilityAuto: true})"


@pytest.fixture(scope="module")
def petra(chromium, stack):
    # Most have failed: they have no files, which take long to make.
    many = results_of("petra", PASSWORD, count=490, running_from=490, failed=range(100, 490))
    stack.shell(many)
    return log_in(chromium, stack, "petra")


def test_tiles_far_away_are_skipped_and_keep_their_place(new_page, petra):
    watched = new_page(petra, viewport={"width": 1000, "height": 500})
    page = watched.page
    page.add_init_script(COUNTED)
    watched.open("/tasks/?whose=mine")
    tiles = page.locator("article.card")
    expect(tiles).to_have_count(60)
    page.wait_for_load_state("networkidle")
    before = page.evaluate("counted")
    for count in (120, 180):
        page.evaluate(OLDER)
        expect(tiles).to_have_count(count)
    assert page.evaluate("counted") - before < 50  # what a swap takes, and nothing for each tile
    first, last = tiles.first, tiles.last
    expect(first).to_be_in_viewport()
    assert first.evaluate(IS_DRAWN)
    assert not last.evaluate(IS_DRAWN)
    height = page.evaluate("document.scrollingElement.scrollHeight")
    first.locator(".open").focus()
    page.keyboard.press("End")
    expect(last.locator(".open")).to_be_focused()
    expect(last).to_be_in_viewport()
    assert eventually(lambda: last.evaluate(IS_DRAWN), 15)
    assert eventually(lambda: not first.evaluate(IS_DRAWN), 15)
    assert abs(page.evaluate("document.scrollingElement.scrollHeight") - height) < 2
    watched.open("/usage/")
    page.go_back()  # to what stood below two more pages
    expect(tiles).to_have_count(180, timeout=20_000)
    expect(last).to_be_in_viewport()
    expect(last.locator(".open")).to_be_focused()


def work_of(chromium, page, act):
    """The most elements that were styled, and objects laid out, at once."""
    chromium.start_tracing(page=page, categories=["disabled-by-default-devtools.timeline"])
    act()
    events = json.loads(chromium.stop_tracing())["traceEvents"]
    styled = [one["args"] for one in events if one["name"] == "UpdateLayoutTree"]
    laid = [one["args"]["beginData"] for one in events if one["name"] == "Layout"]
    assert styled
    assert laid
    return (
        max(one.get("elementCount", 0) for one in styled),
        max(one["dirtyObjects"] for one in laid),
    )


def test_what_changes_in_a_tile_leaves_all_others(chromium, new_page, petra):
    watched = new_page(petra, viewport={"width": 1000, "height": 500})
    page = watched.page
    watched.open("/tasks/?whose=mine")
    page.wait_for_load_state("networkidle")
    for count in (120, 180):
        page.evaluate(OLDER)
        expect(page.locator("article.card")).to_have_count(count)
    groups = page.evaluate(
        "[...document.querySelectorAll('.rows')].map(one => one.children.length)"
    )
    assert sum(groups) == 180
    assert max(groups) < 75  # what one of them changes is not looked for in more
    styled, laid = work_of(chromium, page, lambda: page.evaluate(INTO_A_TILE))
    assert styled < 60
    assert laid < 60


def many_of(page):
    for count in range(120, 421, 60):
        page.evaluate(OLDER)
        expect(page.locator("article.card")).to_have_count(count)


def test_tiles_come_near_row_by_row(new_page, petra):
    """A group whose tiles come near is not skipped any more: all of them at once took longer than a frame."""
    watched = new_page(petra, viewport={"width": 1000, "height": 500})
    page = watched.page
    watched.open("/tasks/?whose=mine")
    many_of(page)
    groups = page.locator("#cards .rows")
    skipped = "rows => getComputedStyle(rows).contentVisibility"
    assert eventually(lambda: groups.first.evaluate(skipped) == "visible", 15)
    assert groups.nth(5).evaluate(skipped) == "auto"
    page.evaluate("document.querySelectorAll('#cards .rows')[5].scrollIntoView()")
    assert eventually(lambda: groups.nth(5).evaluate(skipped) == "visible", 15)
    assert eventually(lambda: groups.first.evaluate(skipped) == "auto", 15)


PARTS = "document.querySelectorAll('#cards *').length"
INSIDE = ":is(.over, .why)"
IS_WHOLE = f"tile => tile.querySelector('{INSIDE}') !== null"


def test_tiles_far_away_are_emptied_and_whole_again_when_they_are_needed(new_page, petra):
    watched = new_page(petra, viewport={"width": 1000, "height": 500})
    page = watched.page
    watched.open("/tasks/?whose=mine")
    page.wait_for_load_state("networkidle")
    tiles = page.locator("article.card")
    before = page.evaluate(PARTS)
    for count in (120, 180, 240, 300, 360, 420):
        page.evaluate(OLDER)
        expect(tiles).to_have_count(count)
    last = tiles.last
    expect(last.locator(INSIDE)).to_have_count(0)
    assert tiles.first.evaluate(IS_WHOLE)
    assert page.evaluate(PARTS) < 2 * before + 420 * 5  # all of them would be seven times as many
    height = page.evaluate("document.scrollingElement.scrollHeight")
    name = last.locator(".open").get_attribute("aria-label")
    # The keyboard, a selection, and a search of the browser know nothing of it.
    tiles.first.locator(".open").focus()
    page.keyboard.press("Control+a")
    expect(page.locator("#selection-count")).to_have_text("420 selected")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+f")
    assert last.evaluate(IS_WHOLE)
    page.mouse.click(5, 5)
    expect(last.locator(INSIDE)).to_have_count(0)
    tiles.first.locator(".open").focus()
    page.keyboard.press("End")
    page.keyboard.press("F2")
    expect(page.get_by_role("menuitem", name="Remix")).to_be_visible()  # it is too narrow for more
    page.keyboard.press("Escape")
    expect(last.locator(".open")).to_be_focused()
    assert last.locator(".open").get_attribute("aria-label") == name
    assert page.evaluate("document.querySelectorAll('#cards [tabindex=\"0\"]').length") == 1
    expect(tiles.first.locator(INSIDE)).to_have_count(0)
    page.keyboard.press("Home")
    assert tiles.first.evaluate(IS_WHOLE)
    assert abs(page.evaluate("document.scrollingElement.scrollHeight") - height) < 2


def test_older_results_come_by_themselves_some_times_once_asked_for(new_page, petra):
    watched = new_page(petra, viewport={"width": 1000, "height": 500})
    page = watched.page
    watched.open("/tasks/?whose=mine")
    tiles, older = page.locator("article.card"), page.locator("#older-link")
    older.scroll_into_view_if_needed()
    page.wait_for_timeout(700)
    expect(tiles).to_have_count(60)  # nobody has asked
    older.click()
    for count in (120, 180, 240, 300, 360, 420):
        expect(tiles).to_have_count(count, timeout=15_000)
        focused = page.evaluate("document.activeElement.id")
        page.mouse.move(500, 250)
        page.evaluate(
            "document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight"
        )
    page.wait_for_timeout(700)
    expect(tiles).to_have_count(420)
    assert (
        page.evaluate("document.activeElement.id")
        == focused
        == tiles.nth(60).locator(".open").get_attribute("id")
    )
    older.click()
    expect(tiles).to_have_count(480, timeout=15_000)


def test_what_is_pressed_before_htmx_knows_it_leads_nowhere_else(new_page, petra):
    watched = new_page(petra)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    tiles = page.locator("article.card")
    expect(tiles).to_have_count(60)
    page.wait_for_load_state("networkidle")
    fresh = "part => { const copy = part.cloneNode(true); part.replaceWith(copy); copy.querySelector('%s').click(); }"
    page.locator("#older").evaluate(fresh % "a")
    expect(tiles).to_have_count(120, timeout=15_000)
    while page.locator("#older").count():
        page.locator("#older").evaluate(fresh % "a")
        page.wait_for_timeout(300)
    tiles.last.scroll_into_view_if_needed()
    heart = tiles.last.locator(".like")
    assert heart.locator("button").get_attribute("aria-pressed") == "false"
    heart.evaluate(fresh % "button")
    expect(heart.locator("button")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("/tasks/[?]whose=mine$"))
