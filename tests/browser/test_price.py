"""The price beside the button, on a connection that is slow or lost."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD
from .test_journey import HOLD_THE_NEXT_ANSWER, choose

pytestmark = pytest.mark.browser

TURBO = "viduq2_turbo_img2video"


@pytest.fixture(scope="module")
def state(chromium, stack):
    """Somebody who is logged in."""
    stack.shell(
        "from generation.models import User;"
        f"User.objects.create_superuser('pia', 'pia@example.com', '{PASSWORD}')"
    )
    context = chromium.new_context()
    page = context.new_page()
    page.goto(stack.url + "/login/")
    page.locator("#id_username").fill("pia")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(stack.url + "/")
    yield context.storage_state()
    context.close()


@pytest.fixture
def studio(new_page, state, pictures):
    watched = new_page(state)
    watched.open(f"/?model={TURBO}")
    page = watched.page
    choose(page, TURBO)
    page.locator("#id_images").set_input_files(pictures["cup.png"])
    expect(page.locator("#field-images .shot")).to_be_visible()
    page.locator("#id_prompt").fill("A calm sea")
    expect(page.locator("#price")).to_contain_text("$0.20")
    return watched


def test_while_a_price_is_asked_for_the_button_says_so(studio):
    page = studio.page
    button = page.locator("#generate")
    expect(button).to_have_text("Generate", use_inner_text=True)
    page.evaluate(HOLD_THE_NEXT_ANSWER)
    page.locator("#id_duration").select_option("8")
    expect(button).to_have_text("Asking the price", use_inner_text=True)
    for _ in range(100):
        if page.evaluate("Boolean(window.release)"):
            break
        page.wait_for_timeout(50)
    page.evaluate("window.release()")
    expect(page.locator("#price")).to_contain_text("$0.35")
    expect(button).to_have_text("Generate", use_inner_text=True)


def test_nothing_is_sent_at_another_price_than_the_one_shown(studio):
    page = studio.page
    cards = page.locator("article.card").count()
    page.evaluate(HOLD_THE_NEXT_ANSWER)
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
    expect(card).to_contain_text("8 s")


def test_a_lost_answer_leaves_the_button_usable_and_the_price_checked(studio):
    page = studio.page
    page.route(re.compile("part=options"), lambda route: route.abort())
    page.locator("#id_duration").select_option("8")
    expect(page.locator("#generate")).to_have_text("Generate", use_inner_text=True)
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
    page.locator(f"input[name=model][value={TURBO}]").check(force=True)
    expect(page.locator("#price")).to_contain_text("$0.20")
