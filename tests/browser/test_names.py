"""Names behind an @ in a comment: completed by keys and by mouse, however late the list comes."""

import json

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, log_in
from .films import MADE
from .late import LateAnswers

pytestmark = pytest.mark.browser

MEMBERS = """
from generation.models import Task, User
Task.objects.filter(pk="{shown}").update(visibility="team")
for name in ("boris", "bo.tak"):
    User.objects.create_user(name, name + "@example.com", "x", first_name=name.title())
"""


@pytest.fixture(scope="module")
def made(stack):
    made = json.loads(stack.shell(MADE.format(name="isa", password=PASSWORD, count=1)))
    stack.shell(MEMBERS.format(shown=made[0]))
    return made


@pytest.fixture(scope="module")
def isa(chromium, stack, made):
    return log_in(chromium, stack, "isa")


@pytest.fixture
def watched(new_page, isa):
    watched = new_page(isa)
    watched.open("/tasks/?whose=mine")
    watched.page.locator(".card .open").click()
    watched.page.locator("#id_comment").click()
    return watched


def test_names_of_members_are_completed_in_a_comment(watched):
    page = watched.page
    comment = page.locator("#id_comment")
    page.keyboard.type("Look, @bo")
    options = page.locator("#names [role=option]")
    expect(options).to_have_count(2)
    expect(comment).to_have_attribute("aria-expanded", "true")
    active = comment.get_attribute("aria-activedescendant")
    expect(page.locator(f"[id='{active}']")).to_contain_text("@bo.tak")
    watched.check_accessibility()
    page.keyboard.press("Escape")
    expect(page.locator("#names")).to_be_hidden()
    expect(comment).to_be_focused()  # and the viewer is still open
    page.keyboard.type("r")
    page.wait_for_timeout(500)
    expect(page.locator("#names")).to_be_hidden()
    page.keyboard.press("Backspace")
    page.keyboard.type(", @BO")
    expect(page.locator("#names")).to_be_visible()  # until then it holds what was found before
    expect(options).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(comment).to_have_value("Look, @bo, @boris ")
    expect(page.locator("#names")).to_be_hidden()
    assert comment.get_attribute("role") is None
    page.keyboard.type("and @bo.")
    expect(options).to_have_count(1)
    options.first.click()
    expect(comment).to_have_value("Look, @bo, @boris and @bo.tak ")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".comment")).to_contain_text("Look, @bo, @boris and @bo.tak")
    page.get_by_label("Delete the comment").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator(".comment")).to_have_count(0)


def test_a_list_that_comes_late_keeps_what_the_arrows_have_chosen(watched):
    page = watched.page
    comment, options = page.locator("#id_comment"), page.locator("#names [role=option]")
    late = LateAnswers(page, "**/members/?q=bo")
    page.keyboard.type("@b")
    expect(options).to_have_count(2)
    page.keyboard.type("o")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#names [aria-selected=true]")).to_contain_text("@boris")
    late.let_go()
    expect(page.locator("#names [aria-selected=true]")).to_contain_text("@boris")
    page.keyboard.press("Enter")
    expect(comment).to_have_value("@boris ")


def test_what_the_arrows_have_chosen_is_taken_at_once(watched):
    page = watched.page
    comment = page.locator("#id_comment")
    late = LateAnswers(page, "**/members/?q=bo")
    page.keyboard.type("@b")
    expect(page.locator("#names [role=option]")).to_have_count(2)
    page.keyboard.type("o")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(comment).to_have_value("@boris ")
    late.let_go()
    page.wait_for_timeout(300)
    expect(comment).to_have_value("@boris ")
    expect(page.locator("#names")).to_be_hidden()


def test_enter_waits_for_the_list_of_what_is_typed(watched):
    """Else it would take the first of those that were found for less."""
    page = watched.page
    comment, options = page.locator("#id_comment"), page.locator("#names [role=option]")
    late = LateAnswers(page, "**/members/?q=bor")
    page.route("**/members/?q=bo.", lambda route: route.abort())
    page.keyboard.type("@bo")
    expect(options).to_have_count(2)
    page.keyboard.type("r")
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    expect(comment).to_have_value("@bor")
    page.keyboard.press("Enter")  # once more changes nothing
    page.keyboard.type("looks")  # nor what follows
    expect(comment).to_have_value("@borlooks")
    late.let_go()
    expect(comment).to_have_value("@boris looks")
    page.keyboard.type(" at ")
    # Where none comes, the list is gone, and Enter is a new line again.
    page.keyboard.type("@bo")
    expect(options).to_have_count(2)
    page.keyboard.type(".")
    expect(page.locator("#names")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(comment).to_have_value("@boris looks at @bo.\n")
    watched.expect_no_answer("ERR_FAILED")
