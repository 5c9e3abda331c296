"""What the app is for, once in a real Chromium: in `make test`, beside all others of `make test-browser`."""

import re

import pytest
from playwright.sync_api import expect

from .composing import TURBO, choose, put_picture
from .conftest import PASSWORD

pytestmark = pytest.mark.journey

PROMPT = "The rocket lifts off, steam rolls over the pad"
PLAYS = "() => document.querySelector('#viewer-shown video')?.currentTime > 0.2"


def test_from_the_login_to_a_result_that_plays(new_page, stack, members, pictures):
    watched = new_page()
    page = watched.page
    watched.open("/")
    expect(page).to_have_url(re.compile("/login/"))
    name, _ = next(members)
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(stack.url + "/")

    choose(page, TURBO)
    put_picture(page, pictures)
    page.locator("#id_prompt").fill(PROMPT)
    page.locator("#id_duration").select_option(label="8 s")
    expect(page.locator("#price")).to_contain_text("$0.35")
    page.locator("#id_duration").select_option(label="5 s")
    expect(page.locator("#price")).to_contain_text("$0.20")
    expect(page.locator("#generate")).to_have_text("Generate · $0.20", use_inner_text=True)
    watched.check_accessibility()
    page.locator("#generate").click()
    expect(page.locator("article.card", has_text=PROMPT)).to_have_count(1)
    done = page.locator(f"article[data-model={TURBO}][data-state=completed]")
    expect(done).to_have_count(1, timeout=60_000)

    watched.open("/tasks/")
    tile = page.locator("article.card", has_text=PROMPT).locator("a.open")
    address = tile.get_attribute("href")
    tile.click()
    expect(page).to_have_url(stack.url + address)
    viewer = page.locator("dialog#viewer")
    expect(viewer.locator("#prompt")).to_have_text(PROMPT)
    page.wait_for_function(PLAYS)
    with page.expect_download() as waiting:
        viewer.get_by_role("link", name="Download").click()
    assert waiting.value.path().read_bytes()[4:8] == b"ftyp"
    page.keyboard.press("Escape")
    expect(page).to_have_url(stack.url + "/tasks/")
    watched.check_accessibility()
