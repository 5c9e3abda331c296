"""What a press has done is said, and the focus and the form stay where one can go on."""

import json
import re

import pytest
from playwright.sync_api import expect

from .composing import Q1, TURBO, take
from .conftest import PASSWORD, log_in
from .films import MADE
from .late import LateAnswers

pytestmark = pytest.mark.browser

COUNT = """
from generation.models import Task
print(Task.objects.filter(owner__username="tola").count())
"""
# What can be made again, films of before need pictures, at the price that the sandbox will take too.
AGAIN = """
from generation.catalog import MODELS
from generation.models import ApiKey, LearnedPrice, Task
from generation.money.prices import alike_of
model, params = "viduq2_reference2image", {"prompt": "Tola once more", "seed": 7}
LearnedPrice.objects.update_or_create(pk=alike_of(MODELS[model], params), defaults={"costs": [50_000], "median": 50_000})
of = Task.objects.filter(owner__username="tola")
of.update(key=ApiKey.objects.first(), model=model, params=params, cost="0.05")
"""
AWAY = "No connection to the server"


@pytest.fixture(scope="module")
def made(stack):
    found = json.loads(stack.shell(MADE.format(name="tola", password=PASSWORD, count=4)))
    stack.shell(AGAIN)
    return found


@pytest.fixture(scope="module")
def tola(chromium, stack, made):
    return log_in(chromium, stack, "tola")


@pytest.fixture
def gallery(new_page, tola):
    watched = new_page(tola)
    watched.open("/tasks/?whose=mine")
    return watched


def tasks(stack):
    return int(stack.shell(COUNT))


def test_a_variation_says_that_it_is_made_and_can_be_made_once_more(gallery, stack):
    page = gallery.page
    before = tasks(stack)
    page.locator(".card[data-kind] .open").first.click()
    vary = page.locator("#viewer-vary")
    said = vary.text_content().strip()
    vary.dblclick()
    told = page.locator("#viewer #toast-news .toast")
    expect(told).to_contain_text("Submitted. 1 task added.")
    expect(vary).to_have_text("Submitted")
    vary.click(force=True)
    expect(vary).to_have_text(said)
    assert tasks(stack) == before + 1
    vary.click()
    expect(vary).to_have_text("Submitted")
    expect(told).to_have_count(1)
    expect(vary).to_have_text(said)
    assert tasks(stack) == before + 2
    page.keyboard.press("Escape")
    page.locator("#toast-news .toast").evaluate_all("all => all.map((one) => one.remove())")
    tile = page.locator(".card[data-kind]").first
    tile.locator(".open").focus()
    tile.locator("[aria-label^=Vary]").dblclick(force=True)
    expect(page.locator("#toast-news .toast")).to_contain_text("Submitted. 1 task added.")
    page.wait_for_timeout(500)
    assert tasks(stack) == before + 3


@pytest.fixture
def away(gallery):
    """Switches the network off, and the console lines of it off the list."""
    yield lambda: gallery.context.set_offline(True)
    gallery.expect_no_answer("ERR_INTERNET_DISCONNECTED")


def test_a_viewer_that_cannot_be_filled_closes_and_opens_again(gallery, away):
    page = gallery.page
    link = page.locator(".card[data-kind] .open").nth(1)
    away()
    link.click()
    expect(page.locator("#connection")).to_contain_text(AWAY)
    expect(page.locator("#viewer")).to_be_hidden()
    expect(link).to_be_focused()
    gallery.context.set_offline(False)
    link.click()
    expect(page.locator("#viewer #prompt")).to_be_visible()
    screen = page.get_by_role("group", name="Tola once more")
    expect(screen).to_be_focused()


def test_a_favourite_is_said_once_it_is_one(gallery, away):
    page = gallery.page
    # One of the oldest: what comes in meanwhile is drawn above it.
    tile = page.locator(".card[data-kind] .open").last
    tile.focus()
    away()
    expect(tile).to_be_focused()
    page.keyboard.press("f")
    expect(page.locator("#connection")).to_contain_text(AWAY)
    assert page.locator("#announcer").text_content() == ""
    gallery.context.set_offline(False)
    page.keyboard.press("f")
    expect(page.locator("#announcer")).to_have_text("Favourite.")


def test_an_answer_of_before_does_not_take_back_that_the_connection_is_lost(new_page, tola):
    watched = new_page(tola)
    page = watched.page
    late = LateAnswers(page, "**/tasks/rail/**")
    watched.open("/tasks/?whose=mine")
    page.route("**/favourite/", lambda route: route.abort())
    page.locator(".card[data-kind] .open").last.focus()
    page.keyboard.press("f")
    expect(page.locator("#connection")).to_contain_text(AWAY)
    late.let_go()
    expect(page.locator("#rail a").first).to_be_visible()
    assert AWAY in page.locator("#connection").text_content()
    page.unroute("**/favourite/")
    page.keyboard.press("f")
    expect(page.locator("#connection")).to_be_empty()
    watched.expect_no_answer("ERR_FAILED")


def test_the_focus_goes_on_after_what_is_done_with_several(gallery):
    page, bar = gallery.page, gallery.page.locator("#selection")
    # By their ids: what was made before may come in above them meanwhile.
    one, after = (
        page.locator(f"#{link.get_attribute('id')}")
        for link in page.locator(".card[data-kind] .open").all()[-2:]
    )
    one.focus()
    page.keyboard.press("x")
    bar.get_by_role("button", name="Favourite").focus()
    page.keyboard.press("Enter")
    expect(bar).to_be_hidden()
    expect(one).to_be_focused()
    page.keyboard.press("x")
    bar.get_by_role("button", name="None").focus()
    page.keyboard.press("Enter")
    expect(one).to_be_focused()
    page.keyboard.press("x")
    bar.get_by_role("button", name="More").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Tags, several between commas").fill("one, two, three")
    page.keyboard.press("Enter")
    expect(bar).to_be_hidden()
    expect(one).to_be_focused()
    page.keyboard.press("x")
    bar.get_by_role("button", name="Trash").focus()
    page.keyboard.press("Enter")
    expect(one).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(one).to_have_count(1)
    expect(after).to_be_focused()


def test_the_focus_goes_on_after_a_tag_or_a_comment_is_taken_away(gallery, made):
    page = gallery.page
    gallery.open(f"/tasks/{made[0]}/")
    tags = page.locator("#tags .chip")
    page.get_by_label("Add a tag").fill("red, green, blue")
    page.keyboard.press("Enter")
    expect(tags).to_have_count(3)
    for count, gone, to in ((2, "blue", "green"), (1, "green", "red")):
        page.get_by_role("button", name=f"Remove the tag {gone}").focus()
        page.keyboard.press("Enter")
        expect(tags).to_have_count(count)
        expect(page.get_by_role("button", name=f"Remove the tag {to}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(tags).to_have_count(0)
    expect(page.get_by_label("Add a tag")).to_be_focused()
    for count, words in enumerate(("First", "Second"), 1):
        page.get_by_role("textbox", name="Comment").fill(words)
        page.get_by_role("button", name="Comment", exact=True).click()
        expect(page.locator(".comment")).to_have_count(count)
    gallery.check_accessibility()
    delete = page.locator(".comment summary")
    for left in (1, 0):
        delete.first.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".comment")).to_have_count(left + 1)
        gallery.check_accessibility()
        page.get_by_role("button", name="Delete it").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".comment")).to_have_count(left)
        expect(page.locator(".comment" if left else "#id_comment")).to_be_focused()


def test_a_take_is_kept_while_the_films_play_on(gallery, made):
    page = gallery.page
    gallery.open(f"/tasks/compare/?tasks={made[0]}&tasks={made[1]}")
    page.evaluate("window.same = true")
    page.get_by_label("Position").fill("1")
    keep = page.get_by_role("button", name="Keep B")
    was = keep.get_attribute("aria-pressed")
    keep.focus()
    page.keyboard.press("Enter")
    expect(keep).to_have_attribute("aria-pressed", "false" if was == "true" else "true")
    expect(keep).to_be_focused()
    expect(page.locator("#toast-news")).to_contain_text("B is")
    assert (
        page.evaluate("window.same && document.querySelector('#playback video').currentTime") >= 1
    )
    page.locator("#playback").focus()
    page.keyboard.press("b")
    expect(keep).to_have_attribute("aria-pressed", was)


def test_a_problem_is_shown_once(gallery):
    page = gallery.page
    page.route("**/favourite/", lambda route: route.fulfill(status=500))
    page.locator(".card[data-kind] .open").nth(2).focus()
    for _ in range(3):
        with page.expect_response("**/favourite/"):
            page.keyboard.press("f")
    expect(page.locator("#toast-problems .toast")).to_have_count(1)
    expect(page.locator("#toast-problems .toast")).to_have_text(
        re.compile(r"The server had a problem\. Try again\.")
    )
    gallery.expect_trouble("500")


def test_a_model_that_no_answer_has_come_to_is_not_chosen(new_page, tola):
    watched = new_page(tola)
    page = watched.page
    watched.open(f"/?model={TURBO}")
    watched.context.set_offline(True)
    take(page, Q1)
    expect(page.locator("#connection")).to_contain_text(AWAY)
    expect(page.locator(f"[name=model][value={TURBO}]")).to_be_checked()
    page.locator("label:has(#kind-reference2image)").click()
    expect(page.locator("#kind-img2video")).to_be_checked()
    expect(page.locator(f"[name=model][value={TURBO}]")).to_be_checked()
    expect(page.locator("#announcer")).to_contain_text("The model is still")
    watched.expect_no_answer("ERR_INTERNET_DISCONNECTED")
    watched.context.set_offline(False)
    take(page, Q1)
    expect(page.locator(f"#options[data-model={Q1}]")).to_be_attached()


def test_what_is_refused_has_the_focus(gallery):
    page = gallery.page
    page.locator(".card[data-kind] .open").last.focus()
    page.keyboard.press("x")
    with page.expect_response("**/bulk/**"):
        page.locator("#selection").get_by_role("button", name="Trash").click()
    gallery.open("/trash/")
    page.get_by_role("button", name="Restore selected").click()
    expect(page.get_by_role("alert").filter(has_text="Select a result first")).to_be_focused()
    gallery.expect_trouble("422")
    gallery.check_accessibility()
