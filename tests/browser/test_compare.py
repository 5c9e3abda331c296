"""Results side by side: chosen while looking, playing together, one kept."""

import json
import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, TOUCH, log_in
from .films import MADE

pytestmark = pytest.mark.browser

FRAME = 1 / 12  # of the sandbox's films
TIMES = "() => [...document.querySelectorAll('#playback video')].map((film) => film.currentTime)"
# By how much films that are not over yet are apart while they play, once they have begun.
APART = """() => new Promise((done) => {
  const films = [...document.querySelectorAll('#playback video')];
  const lead = films.reduce((one, other) => (other.duration > one.duration ? other : one));
  const found = [];
  const look = () => {
    const now = films.filter((film) => film.currentTime < film.duration - 0.1).map((film) => film.currentTime);
    if (lead.currentTime > 0.5 && now.length > 1) found.push(Math.max(...now) - Math.min(...now));
    if (lead.currentTime > 1.8) done(found);
    else requestAnimationFrame(look);
  };
  look();
})"""


@pytest.fixture(scope="module")
def made(stack):
    return json.loads(stack.shell(MADE.format(name="cleo", password=PASSWORD, count=4)))


@pytest.fixture(scope="module")
def cleo(chromium, stack, made):
    return log_in(chromium, stack, "cleo")


def test_from_the_viewer_to_the_better_take(new_page, cleo, made, stack):
    watched = new_page(cleo)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    page.locator(".card .open").first.click()
    expect(page.locator("#stars")).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Choose to compare")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("ArrowRight")
    expect(page.locator("#prompt")).to_have_text("cleo film 2")
    page.get_by_role("button", name="Choose to compare").click()
    page.get_by_role("link", name="Compare 2").click()
    expect(page).to_have_url(f"{stack.url}/tasks/compare/?tasks={made[0]}&tasks={made[1]}")
    page.wait_for_function(
        "() => [...document.querySelectorAll('#playback video')].every((film) => film.readyState > 2)"
    )
    page.get_by_role("button", name="Play", exact=True).click()
    apart = page.evaluate(APART)
    assert len(apart) > 5
    assert max(apart) < FRAME
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play", exact=True).focus()
    # By the one scrubber, and frame by frame, they show the same moment.
    page.get_by_label("Position").fill("1")
    page.locator("#playback").focus()
    page.keyboard.press(".")
    page.wait_for_function(
        "() => [...document.querySelectorAll('#playback video')].every((film) => !film.seeking)"
    )
    one, other = page.evaluate(TIMES)
    assert one == other
    assert abs(one - 13.5 * FRAME) < 0.01
    expect(page.locator(".compare-table mark", has_text=re.compile(r"^[23] s$"))).to_have_count(2)
    watched.check_accessibility()
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Keep B")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#toast-news")).to_contain_text("B is a favourite")


SOON = 1 / 24  # a frame of what the provider makes
# Moves one film while they play; how long all take to be within a few milliseconds again, by the leader's time.
MENDED = """() => new Promise((done) => {
  const films = [...document.querySelectorAll('#playback video')];
  const lead = films.reduce((one, other) => (other.duration > one.duration ? other : one));
  const other = films.find((film) => film !== lead);
  let from = null;
  const look = () => {
    if (from === null && lead.currentTime > 0.4) {
      from = lead.currentTime;
      other.currentTime += 0.1;
    } else if (from !== null && !other.seeking && Math.abs(other.currentTime - lead.currentTime) < 0.012)
      return done(lead.currentTime - from);
    if (lead.ended) done(null);
    else requestAnimationFrame(look);
  };
  look();
})"""


def test_four_are_within_a_frame_and_one_that_was_moved_comes_back(new_page, cleo, made):
    watched = new_page(cleo)
    page = watched.page
    watched.open("/tasks/compare/?" + "&".join(f"tasks={task}" for task in made))
    page.wait_for_function(
        "() => [...document.querySelectorAll('#playback video')].every((film) => film.readyState > 2)"
    )
    page.get_by_role("button", name="Play", exact=True).click()
    apart = page.evaluate(APART)
    assert len(apart) > 5
    assert max(apart) < SOON
    page.keyboard.press("Space")
    page.get_by_label("Position").fill("0")
    page.locator("#playback").focus()
    page.keyboard.press("Space")
    mended = page.evaluate(MENDED)
    assert mended is not None
    assert mended < 0.8


def test_by_touch_and_without_scripts(new_page, cleo, made):
    address = "/tasks/compare/?" + "&".join(f"tasks={task}" for task in made)
    watched = new_page(cleo, **TOUCH)
    watched.open(address)
    expect(watched.page.locator(".pane")).to_have_count(4)
    watched.check_accessibility()
    watched.check_thumbs()
    watched.check_room()
    plain = new_page(cleo, java_script_enabled=False)
    plain.open(address)
    plain.page.get_by_role("button", name="Keep C").click()
    expect(plain.page.get_by_role("button", name="Keep C")).to_have_attribute(
        "aria-pressed", "true"
    )
