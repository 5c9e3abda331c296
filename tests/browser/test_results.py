"""Results beside the studio: rows that do not move, by mouse, keyboard and touch."""

import json
import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, log_in
from .many_results import PICTURED, results_of

pytestmark = pytest.mark.browser

# The sandbox knows none of them: once they have been polled, they are uncertain.
RUN = """
from datetime import timedelta
from django.utils import timezone
from generation.models import Task
Task.objects.filter(owner__username="rosa", state__in=["uncertain", "processing"]).update(
    state="processing", reason="", finished_at=None, misses=0,
    next_poll_at=timezone.now() + timedelta(minutes=8),
)
"""
FINISH = (
    PICTURED
    + """
from generation.lifecycle.transitions import Happened, change
for task in Task.objects.filter(owner__username="rosa", state="processing"){limit}:
    finish(task, (200, 120, 60))
    with transaction.atomic():
        change(task.pk, Task.State.PROCESSING, to=Task.State.COMPLETED,
            happened=Happened("completed", "Saved."), finished_at=timezone.now(), cost="0.08")
"""
)
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
# Nothing is painted before there is a body.
FIRST_SEEN = """
new MutationObserver((_, watching) => {
  if (!document.body) return;
  window.firstSeen = getComputedStyle(document.documentElement).colorScheme;
  watching.disconnect();
}).observe(document, {childList: true, subtree: true});
"""
ROWS = """() => [...document.querySelectorAll(".rows")].flatMap((rows) => {
  const found = {};
  for (const tile of rows.children) {
    const box = tile.getBoundingClientRect();
    (found[Math.round(box.top)] ??= []).push(box.height);
  }
  return Object.values(found);
})"""
BELOW_THE_HEAD = """() => {
  const [bar, tile] = [".top", "article.card:focus-within"].map((one) => document.querySelector(one).getBoundingClientRect());
  return tile.top >= bar.bottom;
}"""
TOUCH = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def made(stack):
    """The ids of rosa's tasks, oldest first: 106 that have ended, and 24 that run."""
    return json.loads(stack.shell(results_of("rosa", PASSWORD)))


@pytest.fixture(scope="module")
def rosa(chromium, stack, made):
    return log_in(chromium, stack, "rosa")


def tile(page, number):
    return page.locator("article.card", has_text=f"Picture {number:03}")


def focused(page):
    return page.evaluate(
        "document.activeElement.closest('article')?.querySelector('.say').textContent ?? document.activeElement.id"
    )


def test_every_row_has_one_height_and_crops_next_to_nothing(new_page, rosa):
    watched = new_page(rosa)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    rows = page.evaluate(ROWS)
    assert len(rows) > 5
    assert all(max(row) - min(row) < 1 for row in rows)
    for number, ratio in ((90, 16 / 9), (91, 3 / 4), (93, 21 / 9), (94, 9 / 16)):
        box = tile(page, number).bounding_box()
        assert abs(box["width"] / box["height"] / ratio - 1) < 0.03
    watched.check_accessibility()


@pytest.mark.parametrize("width", [768, 1024, 1440])
def test_the_bar_and_the_first_day_do_not_meet(new_page, rosa, width):
    watched = new_page(rosa, viewport={"width": width, "height": 900})
    watched.open("/?whose=mine")
    bar, day = (watched.page.locator(part).first.bounding_box() for part in (".bar", ".day-head"))
    assert bar["height"] < 60
    assert bar["y"] + bar["height"] <= day["y"]


def test_without_scripts_there_are_rows_too(new_page, rosa):
    watched = new_page(rosa, java_script_enabled=False)
    watched.open("/tasks/?whose=mine")
    boxes = [tile(watched.page, number).bounding_box() for number in range(92, 98)]
    assert len({round(box["y"]) for box in boxes}) < len(boxes)


def test_arrows_move_between_tiles_of_which_one_is_a_tab_stop(new_page, rosa):
    watched = new_page(rosa)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    stops = "[...document.querySelectorAll('#cards .card :is(a, button, [type=checkbox])')].filter((one) => one.tabIndex >= 0).length"
    assert page.evaluate(stops) == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the results")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "Picture 129"
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Picture 128"
    page.keyboard.press("ArrowDown")
    below = focused(page)
    page.keyboard.press("ArrowUp")
    assert focused(page) in ("Picture 128", "Picture 127", "Picture 129")
    assert below not in ("Picture 129", "Picture 128", "Picture 127")
    page.keyboard.press("End")
    assert focused(page) == "Picture 070"
    assert page.evaluate(stops) == 1
    for _ in range(6):  # upwards no bar lies on what has the focus
        page.keyboard.press("ArrowUp")
        assert page.evaluate(BELOW_THE_HEAD)
    page.keyboard.press("End")
    page.keyboard.press("F2")  # here they have no room
    menu = page.locator("#tile-menu")
    expect(menu.get_by_role("menuitem", name="Remix")).to_be_visible()
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    assert focused(page) == "Picture 070"
    for _ in range(2):  # to a tile that is wide enough for its actions
        page.keyboard.press("ArrowLeft")
    assert focused(page) == "Picture 072"
    page.keyboard.press("F2")
    expect(page.locator(":focus")).to_have_accessible_name("Remix")
    page.keyboard.press("ArrowRight")
    expect(page.locator(":focus")).to_have_accessible_name("Vary · $0.08")
    page.keyboard.press("ArrowRight")
    expect(page.locator(":focus")).to_have_accessible_name("Download")
    page.keyboard.press("Escape")
    assert focused(page) == "Picture 072"
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator("#prompt")).to_have_text("Picture 070")
    page.keyboard.press("ArrowRight")  # the next one is below "Show older"
    expect(page.locator("#prompt")).to_have_text("Picture 069")
    page.keyboard.press("Escape")
    assert focused(page) == "Picture 069"
    expect(page).to_have_url(re.compile("/tasks/.whose=mine#cards$"))


def test_a_tile_says_to_a_screen_reader_what_it_is(new_page, rosa):
    watched = new_page(rosa)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    expect(page.get_by_role("group", name="Results")).to_be_visible()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    expect(tile(page, 99).get_by_role("link").first).to_have_accessible_name("Picture 099, image")
    failed = tile(page, 100)
    expect(failed.get_by_role("link").first).to_have_accessible_name(
        "Picture 100, Refused by content review"
    )
    expect(failed.get_by_role("link", name="Edit")).to_be_visible()


def test_older_results_keep_the_focus_and_going_back_the_place(new_page, rosa):
    watched = new_page(rosa)
    page = watched.page
    watched.open("/?whose=mine")
    for last, first_of_them in ((10, "Picture 069"), (0, "Picture 009")):
        page.locator("#older-link").focus()
        page.keyboard.press("Enter")
        expect(tile(page, last)).to_be_attached(timeout=15_000)
        assert focused(page) == first_of_them
    expect(page.locator("#older-link")).to_have_count(0)
    assert page.locator("section.day").count() == 1
    tile(page, 10).scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    top = tile(page, 10).bounding_box()["y"]
    tile(page, 10).get_by_role("link").first.click()
    expect(page.locator("#prompt")).to_have_text("Picture 010")

    def is_there():
        expect(tile(page, 10)).to_be_in_viewport(timeout=15_000)
        expect(tile(page, 10).get_by_role("link").first).to_be_focused()
        assert abs(tile(page, 10).bounding_box()["y"] - top) < 3

    page.go_back()  # out of the viewer
    is_there()
    watched.open("/usage/")
    page.go_back()  # older results come again
    is_there()


def test_the_size_is_remembered_before_the_first_paint(new_page, rosa):
    watched = new_page(rosa)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    small = tile(page, 99).bounding_box()["height"]
    page.locator("#density").fill("320")
    page.wait_for_timeout(100)
    large = tile(page, 99).bounding_box()["height"]
    assert large > small * 1.4
    page.add_init_script(SHIFTS)
    page.evaluate("localStorage.setItem('viduweb.theme', 'dark')")
    page.add_init_script(FIRST_SEEN)
    page.reload()
    assert page.evaluate("firstSeen") == "dark"
    assert abs(tile(page, 99).bounding_box()["height"] - large) < 2
    page.wait_for_timeout(500)
    assert page.evaluate("shifted") < 0.02


def test_by_touch_a_tap_opens_and_what_pays_is_out_of_reach_of_a_slip(new_page, rosa):
    watched = new_page(rosa, **TOUCH)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    watched.check_accessibility()
    card = tile(page, 99)
    card.scroll_into_view_if_needed()
    assert card.locator(".over").evaluate("over => getComputedStyle(over).opacity") == "0"
    box = card.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 20, box["y"] + box["height"] - 16)
    expect(page.locator("#prompt")).to_have_text("Picture 099")
    expect(page.locator("#viewer")).to_be_visible()
    for button in page.locator("#viewer :is(a, button):visible").all():
        assert button.bounding_box()["height"] >= 43.9
    page.go_back()
    expect(page.locator("#viewer")).to_be_hidden()
    page.get_by_role("button", name="More").tap()
    expect(page.locator("#more-menu").get_by_role("link", name="Keys")).to_be_visible()


def test_a_long_press_or_the_menu_key_lists_the_actions(new_page, rosa):
    watched = new_page(rosa, **TOUCH)
    watched.open("/tasks/")
    page, menu = watched.page, watched.page.locator("#tile-menu")
    tile = page.locator(".card:has(.like)").first
    tile.scroll_into_view_if_needed()
    box = tile.bounding_box()
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    finger = watched.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect(menu).to_be_visible()
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(menu).to_be_visible()  # also when an action lies under the finger
    watched.check_accessibility()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    tile.locator(".open").press("Shift+F10")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    with page.expect_response(re.compile("/favourite/")):
        menu.get_by_role("menuitem", name="Favourite").press("Enter")
    expect(tile.locator(".open")).to_be_focused()
    expect(tile.locator(".like button")).to_have_attribute("aria-pressed", "true")
    with page.expect_response(re.compile("/favourite/")):
        page.keyboard.press("f")
    expect(tile.locator(".like button")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#announcer")).to_have_text("No favourite any more.")
    expect(tile.locator(".like button")).to_have_attribute("tabindex", "-1")


def test_nothing_moves_while_24_tasks_finish_and_they_are_announced_together(new_page, rosa, stack):
    watched = new_page(rosa)
    page = watched.page
    page.add_init_script(SHIFTS)
    stack.shell(RUN)
    watched.open("/?whose=mine")
    expect(page.locator("article.card.busy")).to_have_count(24)
    page.locator("article.card.busy .open").nth(3).focus()
    before = focused(page)
    boxes = {number: tile(page, number).bounding_box() for number in (129, 118, 99)}
    stack.shell(FINISH.format(limit=""))
    expect(page.locator("article.card.busy")).to_have_count(0, timeout=30_000)
    expect(page.locator("#announcer")).to_have_text(re.compile(r"\d+ results are ready"))
    expect(page.locator(".day-head").first).to_contain_text(
        re.compile(r"129 results · \$10\.[0-9]{2}")
    )
    page.wait_for_timeout(1000)
    assert page.evaluate("shifted") < 0.02
    assert boxes == {number: tile(page, number).bounding_box() for number in boxes}
    assert focused(page) == before


WEIGHT = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const own = all.filter(({name}) => !new URL(name).pathname.startsWith("/media/"));
  const [{startTime}] = performance.getEntriesByName("first-contentful-paint");
  return [own.reduce((sum, {transferSize}) => sum + transferSize, 0), startTime - all[0].responseStart];
}"""


def test_a_page_of_results_is_light_and_soon_painted(new_page, rosa):
    watched = new_page(rosa)
    watched.open("/?whose=mine")
    expect(watched.page.locator("article.card")).to_have_count(60)
    bytes_sent, until_paint = watched.page.evaluate(WEIGHT)
    assert 0 < bytes_sent < 200_000  # without pictures
    assert until_paint < 2000  # on a machine that does much else; some 0.5 s otherwise


BEHIND = """window.asked = 0, window.told = [], window.answer = "denied"; Object.defineProperty(document, "hidden", {get: () => window.isBehind});
window.Notification = class { static permission = "default"; static async requestPermission() { window.asked += 1; return (this.permission = window.answer); }
  constructor(_, {body}) { window.told.push(body); window.newest = this; } close() {} };"""
ENDED = """(numbers) => numbers.forEach((number) => {
  const card = [...document.querySelectorAll("article.card")].find((one) => one.textContent.includes(`Picture ${number}`));
  document.dispatchEvent(new CustomEvent("card:news", {detail: {card}})); })"""


def test_a_tab_behind_counts_and_notifies_who_has_asked_for_it(new_page, rosa):
    watched = new_page(rosa)
    page, button = watched.page, watched.page.locator("#notify")
    page.add_init_script(BEHIND)
    watched.open("/account/")
    button.click()
    expect(page.locator("#announcer")).to_contain_text("Allow them in its settings")
    watched.open("/tasks/?whose=mine")
    page.evaluate("isBehind = true, answer = 'granted'")
    page.evaluate(ENDED, [104, 105])
    expect(page).to_have_title("(2) Gallery · viduweb")
    assert "favicon-news" in page.get_attribute("#icon", "href")
    page.wait_for_timeout(1300)  # in which what ends is joined
    page.evaluate("isBehind = false, document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_title("Gallery · viduweb")
    assert page.evaluate("[asked, told.length]") == [0, 0]
    button.click()
    page.evaluate("isBehind = true")
    for numbers, said in (([103, 104], "2 results are ready"), ([105], "Image ready: Picture 105")):
        page.evaluate(ENDED, numbers)
        page.wait_for_function("(said) => told.at(-1) === said", arg=said)
    page.evaluate("newest.onclick()")
    expect(page.locator("#viewer")).to_be_visible()
