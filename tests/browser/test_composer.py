"""The composer by mouse, keyboard and touch: what is in sight, what is kept, what is picked."""

import re

import pytest
from playwright.sync_api import expect

from .composing import Q1, TURBO, in_sight, put_picture, take
from .conftest import TOUCH

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [(1366, 650), (1440, 900)])
def test_everything_that_a_video_needs_is_in_sight_at_once(studio, pictures, size):
    watched = studio(viewport={"width": size[0], "height": size[1]})
    page = watched.page
    put_picture(page, pictures)
    page.locator("#id_prompt").fill("The rocket lifts off in slow motion, dawn light")
    for part in (".shot img", "#id_prompt", "#model-button", "#id_duration", "#id_resolution"):
        assert in_sight(page, part), part
    for part in ("#id_variations", "#field-audio", "#generate"):
        assert in_sight(page, part), part
    picture = page.locator(".shot img")
    assert picture.evaluate("image => getComputedStyle(image).objectFit") == "contain"
    assert 112 <= picture.bounding_box()["height"] <= 216
    assert page.locator("#generate").bounding_box()["height"] == 48
    watched.check_accessibility()


def test_the_list_of_models_by_keyboard(studio):
    watched = studio()
    page = watched.page
    page.locator("#model-button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"[value={TURBO}].model-choice")).to_be_focused()
    watched.check_accessibility()
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"[value={Q1}].model-choice")).to_be_focused()
    expect(page.locator(f"[value={TURBO}].model-choice")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator("#models")).to_be_hidden()
    expect(page.locator("#model-button")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"[value={TURBO}].model-choice")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(f"#options[data-model={Q1}]")).to_be_attached()
    expect(page.locator("#models")).to_be_hidden()
    expect(page.locator("#model-button")).to_be_focused()
    expect(page.locator("#generate")).to_contain_text("Generate · $0.40")


def test_the_list_says_what_the_present_settings_would_cost(studio):
    page = studio().page
    page.locator("#id_duration").select_option("8")
    expect(page.locator("#generate")).to_contain_text("$0.35")
    page.locator("#id_variations_2").check(force=True)
    expect(page.locator("#generate")).to_contain_text("Generate 2 · $0.70")
    expect(page.locator("#model-price")).to_have_text("$0.70")
    page.locator("#matrix summary").click()
    page.locator("[name='matrix.resolution'][value='540p']").focus()
    page.keyboard.press("Space")
    expect(page.locator("#generate")).to_contain_text("Generate 4 · $0.90")
    expect(page.locator("[name='matrix.resolution'][value='540p']")).to_be_focused()
    page.locator("[name='matrix.duration'][value='1']").check(force=True)
    expect(page.locator("#generate")).to_contain_text("Generate 8 · $1.04")
    # Two settings have several values: the others rest.
    expect(page.locator("[name='matrix.movement_amplitude'][value=small]")).to_be_disabled()
    expect(page.locator("[name='matrix.seed']")).to_be_disabled()


def test_the_stepper_goes_from_end_to_end(studio):
    page = studio().page
    longer = page.get_by_role("button", name="Longer")
    for seconds in range(6, 11):
        longer.click()
        expect(page.locator("#id_duration")).to_have_value(str(seconds))
    expect(longer).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#generate")).to_contain_text("$0.45")


def test_what_another_model_does_not_take_comes_back(studio):
    page = studio().page
    page.locator("label", has=page.locator("[name=resolution][value='540p']")).click()
    expect(page.locator("#generate")).to_contain_text("$0.07")
    take(page, Q1)
    expect(page.locator("#left-out")).to_have_text(
        "Q1 does not take: Resolution 540p. Kept for a model that does."
    )
    expect(page.locator("#announcer")).to_contain_text("Resolution 540p")
    take(page, TURBO)
    expect(page.locator("[name=resolution][value='540p']")).to_be_checked()
    expect(page.locator("#left-out")).to_have_count(0)


def test_the_summary_empties_as_faults_are_mended(studio, pictures):
    watched = studio()
    page = watched.page
    page.locator("#id_prompt").fill("x" * 2001)
    page.locator("#generate").click()
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    watched.expect_trouble("422")
    expect(summary.locator("li")).to_have_count(2)
    # The page is not covered by anything that says so.
    page.locator("#model-button").click()
    expect(page.locator("#models")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#id_prompt").press("End")
    page.keyboard.type("y")
    expect(summary.locator("li")).to_have_count(2)
    figures = page.locator("[data-counts=id_prompt]")
    page.locator("#id_prompt").fill("x" * 1799)
    expect(figures).to_have_text("1799 / 2000")
    page.locator("#id_prompt").fill("x" * 1800)
    expect(figures).to_have_text("1800 / 2000 · 200 left")
    expect(page.locator("#announcer")).to_have_text("200 left")
    page.locator("#id_prompt").fill("x" * 1900)
    expect(figures).to_have_text("1900 / 2000 · 100 left")
    expect(page.locator("#announcer")).to_have_text("200 left")  # said once
    page.locator("#id_prompt").fill("Short enough")
    expect(summary.locator("li")).to_have_count(1)
    expect(page.locator("#id_prompt-error")).to_have_count(0)
    put_picture(page, pictures)
    expect(summary).to_have_count(0)
    expect(page.locator("[aria-invalid]")).to_have_count(0)
    page.locator("#generate").click()
    expect(page.locator("article[id]", has_text="Short enough")).to_have_count(1)


def test_single_keys_lead_but_not_while_typing(studio):
    watched = studio()
    page = watched.page
    page.locator("#results").click(position={"x": 5, "y": 5})
    page.keyboard.press("/")
    expect(page.locator("#id_prompt")).to_be_focused()
    page.keyboard.type("and/or?")
    expect(page.locator("#id_prompt")).to_have_value(re.compile(r"and/or\?$"))
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.locator("#generate").focus()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    assert page.evaluate("document.getElementById('shortcuts').matches(':modal')")
    watched.check_accessibility()
    page.locator("#single-keys").click()
    page.keyboard.press("Escape")
    expect(page.locator("#generate")).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.evaluate("localStorage.removeItem('viduweb.single-keys')")


def test_a_voice_is_searched_and_taken_by_keyboard(studio):
    watched = studio()
    page = watched.page
    voice = page.locator("#id_voice_id")
    expect(voice).to_be_hidden()
    page.locator("#field-audio label").click()
    expect(voice).to_be_visible()
    expect(voice).to_have_attribute("role", "combobox")
    voice.press("ArrowDown")
    options = page.locator(".voice-list").get_by_role("option")
    expect(options.first).to_be_visible()
    assert options.count() > 300
    assert page.get_by_role("listbox", name="Voices").get_by_role("group").count() > 10
    watched.check_accessibility()
    voice.fill("english lady")
    expect(page.locator("[role=listbox] [role=group]")).to_have_count(1)
    names = page.locator(".voice-name").all_text_contents()
    assert names
    assert len(names) == len(set(names))
    voice.press("ArrowDown")
    marked = page.locator(".voice.marked")
    expect(marked).to_have_count(1)
    expect(voice).to_have_attribute("aria-activedescendant", marked.get_attribute("id"))
    wanted = marked.get_attribute("data-value")
    voice.press("Enter")
    expect(voice).to_have_value(wanted)
    expect(page.get_by_role("listbox", name="Voices")).to_have_count(0)
    voice.fill("my_cloned_voice")
    expect(page.locator("[role=listbox]")).to_contain_text("sent as it is")
    voice.press("Escape")
    expect(voice).to_have_value("my_cloned_voice")
    expect(voice).to_be_focused()
    voice.fill("")
    voice.press("Escape")
    page.locator("#field-audio label").click()


def test_a_voice_is_taken_by_touch(studio):
    watched = studio(**TOUCH)
    page = watched.page
    page.locator("#dock-open").tap()
    page.locator("#field-audio label").tap()
    voice = page.locator("#id_voice_id")
    expect(voice).to_have_attribute("role", "combobox")
    voice.tap()
    option = page.locator(".voice-list").get_by_role("option").nth(3)
    assert option.bounding_box()["height"] >= 44
    wanted = option.get_attribute("data-value")
    option.tap()
    expect(voice).to_have_value(wanted)
    expect(page.locator(".voice-list")).to_have_count(0)
    watched.check_accessibility()
    voice.fill("")
    voice.press("Escape")
    page.locator("#field-audio label").tap()
