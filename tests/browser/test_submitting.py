"""What a press of Generate makes, and what is done while its answer is on its way."""

import pytest
from playwright.sync_api import expect

from .composing import HOLD_THE_NEXT_ANSWER, choose, take
from .conftest import PASSWORD, log_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def member(chromium, stack):
    stack.shell(
        "from generation.models import User;"
        f"User.objects.create_superuser('mara', 'mara@example.com', '{PASSWORD}')"
    )
    return {"state": log_in(chromium, stack, "mara")}


def test_bad_input_keeps_everything_and_says_what_to_do(new_page, pictures, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose(page, "viduq2_turbo_img2video")
    page.locator("#id_images").set_input_files(pictures["cup.png"])
    page.locator("#id_prompt").fill("Keep these words")
    page.locator("#advanced > summary").click()
    page.locator("#id_callback_url").fill("not an address")
    before = page.locator("article.card").count()
    page.locator("#id_prompt").press("Control+Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#field-callback_url")).to_contain_text("http")
    expect(page.locator("#id_prompt")).to_have_value("Keep these words")
    expect(page.locator("input[name=image_ids]")).to_have_count(1)
    watched.expect_trouble("422")
    watched.check_accessibility()
    page.locator("#id_callback_url").fill("")
    page.locator("#generate").click()
    expect(page.locator("article.card")).to_have_count(before + 1)


def test_a_submit_waits_for_pictures_that_were_just_dropped(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose(page, "viduq2_turbo_img2video")
    page.locator("#id_prompt").fill("Dropped and sent in one breath")
    page.evaluate(
        """async () => {
            const canvas = Object.assign(document.createElement("canvas"), {width: 900, height: 600});
            canvas.getContext("2d").fillRect(0, 0, 300, 300);
            const bytes = await new Promise(done => canvas.toBlob(done, "image/png"));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "dropped.png", {type: "image/png"}));
            const drop = new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: transfer});
            document.getElementById("options").dispatchEvent(drop);
            document.getElementById("generate").click();
        }"""
    )
    expect(page.locator("article.card", has_text="in one breath")).to_have_count(1)
    expect(page.locator("#field-images")).to_contain_text("dropped.png")


def test_what_is_chosen_while_a_submit_is_on_its_way_stays_chosen(new_page, pictures, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose(page, "viduq2_turbo_img2video")
    page.locator("#id_images").set_input_files(pictures["rocket.jpg"])
    expect(page.locator("#field-images .shot")).to_have_count(1)
    page.locator("#id_prompt").fill("The answer takes its time")
    page.evaluate(HOLD_THE_NEXT_ANSWER, "/tasks/")
    page.locator("#generate").click()
    # The task is in the database; its card comes by the live page, before the answer: a page where
    # nothing runs asks every 10 s.
    card = page.locator("article.card", has_text="takes its time")
    expect(card).to_have_count(1, timeout=45_000)
    take(page, "viduq1_img2video")
    page.locator("#id_images").set_input_files(pictures["cup.png"])
    expect(page.locator("#field-images")).to_contain_text("cup.png")
    page.locator("#id_prompt").fill("The next idea")
    page.wait_for_function("() => Boolean(window.release)")
    # A draft is saved 0.6 s after the last key, but not while the answer is on its way.
    page.wait_for_timeout(1000)
    page.evaluate("release()")
    expect(page.locator("#options[data-model=viduq1_img2video]")).to_be_attached()
    expect(page.locator("#draft-note")).to_be_empty()
    expect(page.locator("input[name=model]:checked")).to_have_value("viduq1_img2video")
    expect(page.locator("#field-images")).to_contain_text("cup.png")
    expect(page.locator("#field-images .shot")).to_have_count(1)
    expect(page.locator("#id_prompt")).to_have_value("The next idea")
    expect(card).to_have_count(1)


def test_the_last_of_quick_choices_wins(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose(page, "viduq2_turbo_img2video")
    page.evaluate(HOLD_THE_NEXT_ANSWER, "/composer/")
    take(page, "vidu20_img2video")
    take(page, "viduq1_img2video")
    expect(page.locator("input[name=model]:checked")).to_have_value("viduq1_img2video")
    page.wait_for_function("() => Boolean(window.release)")
    page.evaluate("release()")
    expect(page.locator("#options[data-model=viduq1_img2video]")).to_be_attached()
    expect(page.locator("input[name=model]:checked")).to_have_value("viduq1_img2video")


def choose_and_hold(page):
    """A model is chosen, and what the server answers waits for `release()`."""
    choose(page, "viduq2_turbo_img2video")
    page.evaluate(HOLD_THE_NEXT_ANSWER, "/composer/")
    take(page, "vidu20_img2video")
    page.wait_for_function("() => Boolean(window.release)")


def test_a_press_that_an_answer_comes_into_is_not_lost(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose_and_hold(page)
    page.locator("#model-button").click()
    page.locator(".model", has=page.locator("[value=viduq1_img2video]")).hover()
    page.mouse.down()
    page.evaluate("release()")
    page.wait_for_timeout(200)
    page.mouse.up()
    expect(page.locator("#options[data-model=viduq1_img2video]")).to_be_attached()
    expect(page.locator("#models")).to_be_hidden()


def test_what_is_chosen_as_soon_as_an_answer_is_there_is_asked_for(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose_and_hold(page)
    page.evaluate(
        "release(); document.querySelector('.model-choice[value=viduq1_img2video]').click()"
    )
    expect(page.locator("#options[data-model=viduq1_img2video]")).to_be_attached()
    expect(page.locator("input[name=model]:checked")).to_have_value("viduq1_img2video")


def test_the_list_of_models_stays_open_when_an_answer_comes(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose(page, "viduq2_turbo_img2video")
    page.evaluate(HOLD_THE_NEXT_ANSWER, "/composer/")
    page.locator("#kind-reference2video").check(force=True)
    page.wait_for_function("() => Boolean(window.release)")
    page.locator("#model-button").click()
    page.evaluate("release()")
    other = page.locator(".model", has=page.locator("[value=viduq2_pro_fast_reference2video]"))
    other.click()
    expect(page.locator("#options[data-model=viduq2_pro_fast_reference2video]")).to_be_attached()
    expect(page.locator("#models")).to_be_hidden()


def test_a_double_click_makes_one_task(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose(page, "viduq2_reference2image")
    page.locator("#id_prompt").fill("One and only one")
    page.locator("#generate").dblclick()
    expect(page.locator("article.card", has_text="One and only one")).to_have_count(1)
    page.wait_for_timeout(1500)
    page.reload()
    expect(page.locator("article.card", has_text="One and only one")).to_have_count(1)


def test_options_follow_while_choosing(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose(page, "vidu20_img2video")
    page.locator("#id_duration").select_option("8")
    expect(page.locator("#field-resolution .single-value")).to_have_text("720p")
    expect(page.locator("#price")).to_contain_text("$0.50")
    page.get_by_role("button", name="Shorter").click()
    expect(page.get_by_role("radio", name="1080p")).to_have_count(1)
