"""Many tiles: what is far from the window costs nothing, and is there all the same."""

import re

import pytest
from playwright.sync_api import expect

from tests.load.scroll import OLDER

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
    page.wait_for_function(f"({IS_DRAWN})([...document.querySelectorAll('article.card')].at(-1))")
    page.wait_for_function(f"!({IS_DRAWN})(document.querySelector('article.card'))")
    assert abs(page.evaluate("document.scrollingElement.scrollHeight") - height) < 2
    watched.open("/usage/")
    page.go_back()  # to what stood below two more pages
    expect(tiles).to_have_count(180, timeout=20_000)
    expect(last).to_be_in_viewport()
    expect(last.locator(".open")).to_be_focused()


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
    heart = page.locator(".card .like").first
    assert heart.locator("button").get_attribute("aria-pressed") == "false"
    heart.evaluate(fresh % "button")
    expect(heart.locator("button")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("/tasks/[?]whose=mine$"))
