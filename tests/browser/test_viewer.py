"""A result large, over the gallery: by mouse, keys and touch."""

import json
import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, TOUCH, log_in
from .films import MADE

pytestmark = pytest.mark.browser

FILM = "document.querySelector('#viewer-shown video')"
FRAME = 1 / 12  # of the sandbox's films


@pytest.fixture(scope="module")
def made(stack):
    return json.loads(stack.shell(MADE.format(name="iris", password=PASSWORD, count=4)))


@pytest.fixture(scope="module")
def iris(chromium, stack, made):
    return log_in(chromium, stack, "iris")


DRAWN = """async () => {
    const scrub = document.querySelector("[data-part=scrub]");
    let drawn = 0;
    new MutationObserver(all => { drawn += all.length; }).observe(scrub, {attributeFilter: ["aria-valuetext"]});
    const began = performance.now();
    await new Promise(done => setTimeout(done, 1000));
    return 1000 * drawn / (performance.now() - began);
}"""


def film(page, what):
    return page.evaluate(f"{FILM}.{what}")


def loaded(page):
    """What the browser has asked for, by path."""
    found = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    return [name.split("/", 3)[3] for name in found]


def at_task(page, stack, task):
    expect(page).to_have_url(f"{stack.url}/tasks/{task}/")


def test_from_the_tile_through_the_films_and_back_to_the_tile(new_page, iris, made, stack):
    watched = new_page(iris)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    page.locator(".card .open").nth(1).click()
    at_task(page, stack, made[1])
    expect(page).to_have_title(re.compile("^iris film 2"))
    expect(page.locator("#prompt")).to_have_text("iris film 2")
    page.wait_for_function(
        f"() => {FILM}.currentTime > 0.4"
    )  # a few frames, by which one is measured
    assert film(page, "muted")
    assert film(page, "loop")
    # Both neighbours are there before they are asked for.
    addresses = page.locator(".card .open[data-video]").evaluate_all(
        "all => all.map((one) => one.dataset.video.slice(1))"
    )
    page.wait_for_function("() => performance.getEntriesByType('resource').length > 0")
    assert {addresses[0], addresses[2]} <= set(loaded(page))
    assert addresses[3] not in loaded(page)

    page.keyboard.press("Space")
    assert film(page, "paused")
    page.get_by_label("Position").fill("1")
    page.locator("#viewer-screen").focus()
    for key, frame in ((".", 13), (".", 14), (",", 13), (",", 12), (",", 11)):
        page.keyboard.press(key)
        page.wait_for_function(f"() => !{FILM}.seeking")
        assert abs(film(page, "currentTime") - (frame + 0.5) * FRAME) < 0.01
    watched.check_accessibility()
    page.get_by_label("Speed").select_option("0.5")
    assert film(page, "playbackRate") == 0.5
    page.get_by_label("Speed").focus()
    page.keyboard.press("f")  # a list is typed into
    expect(page.locator("#viewer-like")).to_have_attribute("aria-pressed", "false")
    page.locator("#viewer-screen").focus()
    page.keyboard.press("l")
    assert not film(page, "loop")

    page.keyboard.press("ArrowRight")
    at_task(page, stack, made[2])
    expect(page.locator("#prompt")).to_have_text("iris film 1")
    assert film(page, "playbackRate") == 0.5
    page.keyboard.press("f")
    expect(page.locator("#viewer-like")).to_have_attribute("aria-pressed", "true")
    heart = page.locator(f"#task-{made[2]}-like")
    expect(heart).to_have_attribute("aria-pressed", "true")
    with page.expect_download() as download:
        page.keyboard.press("d")
    assert download.value.suggested_filename.endswith(".mp4")
    page.get_by_role("button", name="Next result").click()
    page.wait_for_url(f"**/{made[3]}/")
    expect(page.get_by_role("button", name="Next result")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    at_task(page, stack, made[2])

    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{stack.url}/tasks/?whose=mine")
    expect(page).to_have_title(re.compile("^Gallery"))
    expect(page.locator(f"#task-{made[2]}-open")).to_be_focused()
    page.go_forward()
    expect(page.locator("#prompt")).to_have_text("iris film 1")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#viewer")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#viewer")).to_be_visible()
    page.get_by_label("Position").fill("0.5")
    page.locator("#viewer-screen").focus()
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/.family=img2video&used="))
    page.go_back()  # to an address that is a page of its own
    expect(page.locator("#task-state")).to_be_visible()


FORWARD_AT_ONCE = """() => {
    const dialog = document.getElementById("viewer");
    addEventListener("popstate", () => {
        // As it was closed in this moment, that it was is told later.
        history.forward();
        dispatchEvent(new PopStateEvent("popstate", {state: window.opened}));
    }, {once: true});
    window.opened = history.state;
    history.back();
}"""


def test_opened_again_before_it_is_told_that_it_was_closed(new_page, iris, made, stack):
    watched = new_page(iris)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    page.locator(".card .open").first.click()
    at_task(page, stack, made[0])
    expect(page.locator("#prompt")).to_have_text("iris film 3")
    page.evaluate(FORWARD_AT_ONCE)
    page.wait_for_timeout(500)
    at_task(page, stack, made[0])
    expect(page.locator("#prompt")).to_have_text("iris film 3")
    expect(page.get_by_label("Position")).to_be_visible()


def test_from_its_page_one_step_leads_back_to_the_tile(new_page, iris, made, stack):
    watched = new_page(iris, viewport={"width": 1024, "height": 400})
    page = watched.page
    watched.open("/tasks/?whose=mine&sort=oldest")
    page.locator(".card .open").first.click()
    for _ in made[1:]:
        page.keyboard.press("ArrowRight")
    at_task(page, stack, made[0])
    opened = page.locator("#viewer-page")
    opened.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The video is ready")
    at_task(page, stack, made[0])
    assert page.evaluate("history.state") is None
    page.go_back()
    expect(page).to_have_url(f"{stack.url}/tasks/?whose=mine&sort=oldest")
    expect(page.locator(f"#task-{made[0]}-open")).to_be_focused()
    expect(page.locator(f"#task-{made[0]}")).to_be_in_viewport(ratio=0.9)
    expect(page.locator("#viewer")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#viewer")).to_be_visible()
    page.locator("#viewer-remix").click()
    expect(page).to_have_url(re.compile(f"/.from={made[0]}"))
    page.go_back()
    expect(page.locator(f"#task-{made[0]}-open")).to_be_focused()
    # A form leaves the address behind, which is a page of its own.
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Use as reference").click()
    expect(page).to_have_url(re.compile("/.family=reference2image"))
    page.go_back()
    expect(page.locator("#task-state")).to_be_visible()
    page.go_back()
    expect(page.locator(f"#task-{made[0]}-open")).to_be_focused()


def test_without_single_keys_and_with_little_motion(new_page, iris, made, stack):
    watched = new_page(iris, reduced_motion="reduce")
    page = watched.page
    watched.open("/account/")
    page.get_by_label(re.compile("^Single keys")).uncheck()
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_label(re.compile("^Single keys"))).not_to_be_checked()
    watched.open(f"/tasks/{made[0]}/")
    watched.open("/?whose=mine")
    page.locator(".card .open").first.press("Enter")
    expect(page.locator("#prompt")).to_have_text("iris film 3")
    page.wait_for_function(f"() => {FILM}.readyState > 1")
    page.keyboard.press("f")
    page.keyboard.press(".")
    page.wait_for_timeout(300)
    assert film(page, "paused")
    assert film(page, "currentTime") == 0
    expect(page.locator("#viewer-like")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("ArrowRight")  # no letter
    expect(page.locator("#prompt")).to_have_text("iris film 2")
    stack.shell("from generation.models import User; User.objects.update(single_keys=True)")


def test_by_touch_a_swipe_leads_on(new_page, iris, made, stack):
    watched = new_page(iris, **TOUCH)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    page.locator(".card .open").first.tap()
    expect(page.locator("#prompt")).to_have_text("iris film 3")
    watched.check_accessibility()
    watched.check_thumbs()
    finger = watched.context.new_cdp_session(page)
    box = page.locator("#viewer-screen").bounding_box()

    def swipe(start, end):
        y = box["y"] + box["height"] / 2
        for kind, x in (
            ("touchStart", start),
            ("touchMove", (start + end) / 2),
            ("touchMove", end),
        ):
            finger.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]}
            )
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe(300, 90)
    expect(page.locator("#prompt")).to_have_text("iris film 2")
    at_task(page, stack, made[1])
    swipe(120, 150)  # too short
    swipe(90, 300)
    expect(page.locator("#prompt")).to_have_text("iris film 3")
    page.go_back()
    expect(page.locator("#viewer")).to_be_hidden()
    # Without scripts a tile leads to the page itself.
    plain = new_page(iris, java_script_enabled=False)
    plain.open("/tasks/?whose=mine")
    plain.page.locator(".card .open").first.click()
    expect(plain.page.locator("#task-state")).to_be_visible()


def test_stars_tags_and_a_note_while_looking(new_page, iris, made, stack):
    watched = new_page(iris)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    page.locator(".card .open").first.click()
    expect(page.locator("#stars")).to_be_visible()
    page.keyboard.press("4")
    expect(page.get_by_role("button", name="4 stars")).to_have_attribute("aria-pressed", "true")
    tag = page.get_by_role("combobox", name="Add a tag")
    tag.fill("launch, f")  # "f" and "," are typed here
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove the tag launch")).to_be_visible()
    expect(tag).to_be_focused()
    expect(page.locator("#viewer-like")).to_have_attribute("aria-pressed", "false")
    tag.fill("x" * 60)
    page.keyboard.press("Enter")
    expect(page.locator("#id_tag-error")).to_contain_text("too long")
    watched.expect_trouble("422")
    watched.check_accessibility()
    page.get_by_label("Your note").fill("The second take")
    page.get_by_label("Only me").check()
    page.get_by_role("button", name="Save note").click()
    page.get_by_role("button", name="Remove the tag f").click()
    expect(page.get_by_role("button", name="Remove the tag f")).to_have_count(0)
    # On its page too, where the forms do without scripts.
    plain = new_page(iris, java_script_enabled=False)
    plain.open(f"/tasks/{made[0]}/")
    expect(plain.page.get_by_label("Your note")).to_have_value("The second take")
    plain.page.get_by_role("button", name="4 stars").click()
    expect(plain.page.get_by_role("button", name="4 stars")).to_have_attribute(
        "aria-pressed", "false"
    )
    watched.open(f"/tasks/{made[0]}/")
    watched.check_accessibility()


def test_said_of_a_moment_and_decided_while_looking(new_page, iris, made, stack):
    watched = new_page(iris)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    page.locator(".card .open").nth(2).click()
    expect(page.locator("#stars")).to_be_visible()
    page.wait_for_function(f"() => {FILM}.currentTime > 0.4")
    page.keyboard.press("Space")
    comment = page.get_by_role("textbox", name="Comment")
    comment.fill("Too dark, @nobody")  # "d" and "," are typed here
    page.get_by_role("button", name="Now").click()
    moment = film(page, "currentTime")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".comment")).to_contain_text("Too dark, @nobody")
    expect(comment).to_have_value("")
    page.evaluate(f"{FILM}.currentTime = 0")
    page.locator(".timecode").click()
    page.wait_for_function(f"() => {FILM}.currentTime > 0")
    assert abs(film(page, "currentTime") - moment) < 0.11
    page.get_by_label("At", exact=True).fill("99:00")
    comment.fill("Not lost")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#id_comment_at-error")).to_contain_text("not that long")
    expect(comment).to_have_value("Not lost")
    watched.expect_trouble("422")
    page.get_by_role("button", name="Needs work").click()
    expect(page.get_by_role("button", name="Needs work")).to_have_attribute("aria-pressed", "true")
    watched.check_accessibility()
    # The tile behind has its mark before the viewer is closed.
    expect(page.locator(".card .verdict.needs-work")).to_have_count(1)
    other = new_page(iris, **TOUCH)
    other.open(f"/tasks/{made[2]}/")
    expect(other.page.locator(".comment")).to_have_count(1)
    other.check_accessibility()
    other.check_thumbs()
    # What is said on another page comes to the open viewer, and leaves alone what is being typed.
    comment.fill("Half a sent")
    other.page.get_by_role("textbox", name="Comment").fill("Seen from a phone")
    other.page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".comment")).to_have_count(2, timeout=30_000)
    expect(comment).to_be_focused()
    page.keyboard.type("ence")
    expect(comment).to_have_value("Half a sentence")
    page.get_by_label("Delete the comment").last.focus()
    other.page.get_by_role("textbox", name="Comment").fill("Once more")
    other.page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".comment")).to_have_count(3, timeout=30_000)
    expect(page.get_by_label("Delete the comment").nth(1)).to_be_focused()
    for left in (2, 1, 0):
        page.get_by_label("Delete the comment").last.click()
        page.get_by_role("button", name="Delete it").click()
        expect(page.locator(".comment")).to_have_count(left)
    # An open page notices.
    expect(other.page.locator(".comment")).to_have_count(0, timeout=30_000)


def test_the_controls_follow_a_film_no_oftener_than_they_show(new_page, iris, made):
    """Drawn with each frame of the screen, and once more for each time it was played, they took a whole core."""
    watched = new_page(iris)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    page.locator(".card .open").first.click()
    expect(page.locator("#viewer-shown video")).to_have_count(1)
    page.wait_for_function(f"() => {FILM}.currentTime > 0.1")
    for _ in range(4):
        page.keyboard.press("Space")
    assert not film(page, "paused")
    assert 1 < page.evaluate(DRAWN) < 30
