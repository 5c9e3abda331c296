"""The price beside the button, on a connection that is slow or lost."""

import re

import pytest
from playwright.sync_api import expect

from .composing import HOLD_THE_NEXT_ANSWER, TURBO, choose, take
from .conftest import PASSWORD, log_in
from .late import LateAnswers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def state(chromium, stack):
    """Somebody who is logged in."""
    stack.shell(
        "from generation.models import User;"
        f"User.objects.create_superuser('pia', 'pia@example.com', '{PASSWORD}')"
    )
    return log_in(chromium, stack, "pia")


@pytest.fixture
def studio(new_page, state, pictures):
    watched = new_page(state)
    watched.open(f"/?model={TURBO}")
    page = watched.page
    choose(page, TURBO)
    page.locator("#id_images").set_input_files(pictures["cup.png"])
    expect(page.locator("#field-images .shot")).to_have_count(1)
    # The draft remembers what an earlier test has chosen.
    page.locator("#id_duration").select_option(label="5 s")
    page.locator("#id_prompt").fill("A calm sea")
    expect(page.locator("#price")).to_contain_text("$0.20")
    return watched


def test_while_a_price_is_asked_for_the_button_says_so(studio):
    page = studio.page
    button = page.locator("#generate")
    expect(button).to_have_text("Generate · $0.20", use_inner_text=True)
    page.evaluate(HOLD_THE_NEXT_ANSWER, "/composer/?part=options")
    page.locator("#id_duration").select_option("8")
    expect(button).to_have_text("Asking the price", use_inner_text=True)
    for _ in range(100):
        if page.evaluate("Boolean(window.release)"):
            break
        page.wait_for_timeout(50)
    page.evaluate("window.release()")
    expect(page.locator("#price")).to_contain_text("$0.35")
    expect(button).to_have_text("Generate · $0.35", use_inner_text=True)


def test_while_a_learned_price_is_asked_for_the_button_says_so(studio):
    page = studio.page
    button = page.locator("#generate")
    late = LateAnswers(page, "**/composer/?part=price")
    expect(button).to_have_text("Generate · $0.20", use_inner_text=True)
    page.evaluate("document.dispatchEvent(new Event('prices:changed'))")
    late.wait()
    expect(button).to_have_text("Asking the price", use_inner_text=True)
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    dock = page.locator("#dock-generate")
    expect(dock).to_have_text("Asking the price", use_inner_text=True)
    late.let_go()
    expect(dock).to_have_text("Generate, $0.20", use_inner_text=True)
    page.set_viewport_size(size)
    expect(button).to_have_text("Generate · $0.20", use_inner_text=True)


def test_while_a_form_that_waited_in_the_tab_comes_back_the_button_says_so(studio):
    page = studio.page
    button = page.locator("#generate")
    late = LateAnswers(page, "**/composer/")
    page.route("**/drafts/img2video/", lambda route: route.abort())
    page.locator("#id_prompt").fill("A calm sea, kept in this tab")
    page.reload()
    late.wait()
    expect(button).to_have_text("Asking the price", use_inner_text=True)
    late.let_go()
    expect(button).to_have_text("Generate · $0.20", use_inner_text=True)
    expect(page.locator("#id_prompt")).to_have_value("A calm sea, kept in this tab")
    studio.expect_trouble("ERR_FAILED|htmx:")


def test_nothing_is_sent_at_another_price_than_the_one_shown(studio):
    page = studio.page
    cards = page.locator("article.card").count()
    page.evaluate(HOLD_THE_NEXT_ANSWER, "/composer/?part=options")
    page.locator("#id_duration").select_option("8")
    expect(page.locator("#price")).to_contain_text("$0.20")
    page.locator("#generate").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#error-summary")).to_contain_text(
        "The page showed $0.20; it is $0.35 now."
    )
    expect(page.locator("#price")).to_contain_text("$0.35")
    expect(page.locator("#id_duration")).to_have_value("8")
    expect(page.locator("article.card")).to_have_count(cards)
    studio.expect_trouble("422")
    studio.check_accessibility()
    # The answer that was held back does not bring the old price back.
    page.evaluate("window.release?.()")
    page.locator("#generate").click()
    card = page.locator("article.card").first
    expect(page.locator("article.card")).to_have_count(cards + 1)
    expect(card).to_contain_text("$0.35")


def test_a_lost_answer_leaves_the_button_usable_and_the_price_checked(studio):
    page = studio.page
    page.route(re.compile("part=options"), lambda route: route.abort())
    page.locator("#id_duration").select_option("8")
    expect(page.locator("#generate")).to_have_text("Generate · $0.20", use_inner_text=True)
    expect(page.locator("#price")).to_contain_text("$0.20")
    page.locator("#generate").click()
    expect(page.locator("#error-summary")).to_contain_text("it is $0.35 now")
    studio.expect_trouble("422")
    studio.expect_trouble("ERR_FAILED|htmx:")


def test_the_form_comes_back_when_no_model_is_chosen(studio):
    page = studio.page
    page.evaluate("document.querySelector('[name=model]:checked').checked = false")
    page.locator("#generate").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#id_model-error")).to_contain_text("Choose one of the models")
    expect(page.locator("#id_prompt")).to_have_value("A calm sea")
    studio.expect_trouble("422")
    studio.check_accessibility()
    take(page, TURBO)
    expect(page.locator("#price")).to_contain_text("$0.20")


TAUGHT = f"""
from generation.models import User
from generation.money import prices
from tests.factories import make_task
other = User.objects.create_user('quinn', 'quinn@example.com')
of = {{"prompt": "Unseen", "duration": 9}}
prices.learn(make_task(other, visibility='private', model='{TURBO}', params=of, cost=6200))
"""


def test_a_price_that_nobody_here_could_see_being_made_stands_in_the_open_form(studio, stack):
    page = studio.page
    page.locator("#id_duration").select_option("9")
    button = page.locator("#generate")
    expect(button).to_have_text(re.compile(r"Generate · \$0\.\d+"), use_inner_text=True)
    before = button.inner_text()
    stack.shell(TAUGHT)
    button.hover()  # a page where nothing runs would ask later
    expect(button).not_to_have_text(before, use_inner_text=True)
    button.click()
    expect(page.locator("article.card").first).to_contain_text("A calm sea")
    expect(page.locator("#error-summary")).to_have_count(0)
