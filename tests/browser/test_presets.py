"""Presets and snippets: their dialogs in the studio and their pages, by keyboard, in both themes."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.eventually import eventually

from .composing import TURBO

pytestmark = pytest.mark.browser

FOCUSED_AT_ONCE = """() => document.getElementById("presets-body").addEventListener(
    "htmx:afterSwap", () => { window.focusedAtOnce = document.activeElement.id || "none"; }, {once: true})"""


def test_settings_and_words_are_kept_taken_and_changed(studio):
    watched = studio()
    page = watched.page
    dialog = page.get_by_role("dialog", name="Presets")
    page.locator("#id_duration").select_option("8")
    opener = page.get_by_role("button", name="Presets")
    opener.press("Enter")
    # Those of the team that other tests have planted may be there, none of one's own.
    expect(dialog.get_by_role("button", name="Save what is set now")).to_be_visible()
    expect(dialog).not_to_contain_text("Slow eight")
    watched.check_accessibility()
    dialog.get_by_role("button", name="Save what is set now").press("Enter")
    name = dialog.get_by_label("Name")
    expect(name).to_be_focused()
    watched.check_accessibility()
    name.press("Enter")
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    watched.expect_trouble("422")
    watched.check_accessibility()
    name.fill("Slow eight")
    name.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("“Slow eight” is saved.")
    star = dialog.get_by_role("button", name=re.compile("^Begin .* with Slow eight"))
    star.press("Enter")
    expect(star).to_have_attribute("aria-pressed", "true")
    watched.check_accessibility()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.locator("#id_duration").select_option(label="5 s")
    link = dialog.get_by_role("link", name="Use Slow eight")
    # The list of before stands there until the new one comes, and what had the focus keeps it.
    held = []
    page.route(re.compile("/presets/[?]"), lambda route: held.append(route))
    opener.press("Enter")
    link.focus()
    assert eventually(lambda: held or page.wait_for_timeout(50), 5)
    page.evaluate(FOCUSED_AT_ONCE)
    held[0].continue_()
    focused = "window.focusedAtOnce"
    assert eventually(lambda: page.evaluate(focused) or page.wait_for_timeout(50), 5)
    page.unroute(re.compile("/presets/[?]"))
    assert page.evaluate(focused) == link.get_attribute("id")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#id_duration")).to_have_value("8")
    expect(page.locator("#preset-note")).to_contain_text("“Slow eight” is applied.")

    opener.press("Enter")
    dialog.get_by_role("link", name="Change or delete").press("Enter")
    expect(page.get_by_role("heading", level=1, name="Presets")).to_be_visible()
    page.get_by_text("Change Slow eight").press("Enter")
    watched.check_accessibility()
    watched.check_room()
    page.set_viewport_size({"width": 1440, "height": 900})
    # Those of others are in what is folded.
    name = page.get_by_role("textbox", name="Name")
    name.fill("Eight")
    name.press("Enter")
    expect(page.get_by_text("“Eight” is changed.")).to_be_visible()

    watched.open("/snippets/")
    watched.check_accessibility()
    page.get_by_role("textbox", name="Text").fill("soft light")
    page.get_by_label("The whole team").press("Space")
    page.get_by_role("button", name="Add snippet").press("Enter")
    page.get_by_text("Change soft light").press("Enter")
    changed = page.locator("li.preset textarea:visible")
    changed.fill("")
    page.get_by_role("button", name="Save").press("Enter")
    expect(changed).to_be_focused()
    expect(changed).to_have_accessible_description("This field is required.")
    watched.expect_trouble("422")
    watched.check_accessibility()
    watched.check_room()
    page.set_viewport_size({"width": 1440, "height": 900})
    changed.fill("warm light")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("The snippet is changed.")).to_be_visible()

    watched.open(f"/?model={TURBO}")
    page.locator("#id_prompt").fill("A harbour, ")
    page.get_by_role("button", name="Snippets").press("Enter")
    words = page.get_by_role("dialog", name="Snippets")
    expect(words.get_by_role("button", name="warm light")).to_be_focused()
    watched.check_accessibility()
    page.keyboard.press("Enter")
    expect(page.locator("#id_prompt")).to_have_value(re.compile("A harbour, ?warm light"))
    expect(page.locator("#id_prompt")).to_be_focused()
