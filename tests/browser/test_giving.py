"""Pictures given to the composer, what its button then makes, and the same on a phone."""

import json
import re

import pytest
from playwright.sync_api import expect

from .composing import STILLS, TURBO, give, put_picture
from .conftest import TOUCH

pytestmark = pytest.mark.browser


def test_paste_works_wherever_the_focus_is(studio):
    watched = studio(STILLS)
    page = watched.page
    page.locator("#results").click(position={"x": 5, "y": 5})
    assert give(page, "paste", to="body", name="from-nowhere.png")
    expect(page.locator("#field-images")).to_contain_text("from-nowhere.png")
    # Words for a text field stay words.
    assert not give(page, "paste", to="#id_prompt", name="with-words.png", text="words")
    assert give(page, "paste", to="#id_prompt", name="alone.png", size=(600, 900))
    expect(page.locator("#field-images")).to_contain_text("alone.png")
    expect(page.locator("#field-images")).not_to_contain_text("with-words.png")
    # Their order is changed by buttons, and the form sends it.
    names = page.locator("#field-images .shot strong")
    earlier, later = (
        page.get_by_role("button", name=f"Move alone.png {to}") for to in ("earlier", "later")
    )
    earlier.press("Enter")
    expect(names).to_have_text(["alone.png", "from-nowhere.png"])
    expect(later).to_be_focused()
    page.keyboard.press("Enter")
    expect(names).to_have_text(["from-nowhere.png", "alone.png"])
    expect(earlier).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("Image 2 of 2.")


def test_a_drop_anywhere_is_taken_and_seen_before(studio):
    watched = studio()
    page = watched.page
    veil = page.locator("#drop-veil")
    expect(veil).to_be_hidden()
    give(page, "dragenter", to="#results")
    expect(veil).to_be_visible()
    give(page, "dragleave", to="#results")
    expect(veil).to_be_hidden()
    give(page, "dragenter", to="#results")
    assert give(page, "drop", to="#results", name="dropped.png")
    expect(veil).to_be_hidden()
    expect(page.locator("#field-images")).to_contain_text("dropped.png")


@pytest.mark.parametrize(("width", "height"), [(100, 300), (1300, 300), (129, 528)])
def test_browser_and_server_refuse_in_the_same_words(studio, width, height):
    watched = studio(STILLS)
    page = watched.page
    give(page, "drop", name="odd.png", size=(width, height))
    problem = page.locator("#field-images .problems li, #field-images .why-crop")
    expect(problem).to_have_count(1)
    said = page.evaluate(
        """async ([width, height]) => {
            const canvas = Object.assign(document.createElement("canvas"), {width, height});
            canvas.getContext("2d").fillRect(0, 0, 9, 9);
            const bytes = await new Promise(done => canvas.toBlob(done, "image/png"));
            const form = new FormData();
            form.append("images", new File([bytes], "odd.png", {type: "image/png"}));
            form.append("model", "viduq2_reference2image");
            const {token} = {token: JSON.parse(document.body.getAttribute("hx-headers"))};
            const headers = {...token, "HX-Request": "true"};
            const answer = await fetch("/tasks/", {method: "POST", body: form, headers});
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            return page.getElementById("id_images-error").textContent.trim();
        }""",
        [width, height],
    )
    words = [text.strip().removeprefix("odd.png: ") for text in (problem.text_content(), said)]
    assert words[0] == words[1]
    watched.expect_trouble("422")


def test_two_presses_with_a_pause_make_one_task(studio, stack):
    watched = studio(STILLS)
    page = watched.page
    page.locator("#id_prompt").fill("Pressed twice, made once")
    button = page.locator("#generate")
    before = page.locator("article[id]").count()
    button.click()
    expect(button).to_have_text("Submitted", use_inner_text=True)
    page.wait_for_timeout(1300)
    button.click(force=True)
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(1500)
    expect(page.locator("article[id]")).to_have_count(before + 1)
    expect(page.locator("#id_prompt")).to_have_value("Pressed twice, made once")
    # On a slow machine the button's rest may be over: then the server has asked instead.
    watched.troubles = [line for line in watched.troubles if "422" not in line]
    # A change is a new wish, and needs no waiting.
    page.locator("#id_prompt").fill("Another one")
    button.click()
    expect(page.locator("article[id]")).to_have_count(before + 2)
    page.locator("#id_prompt").fill("And another")
    button.click()
    expect(page.locator("article[id]")).to_have_count(before + 3)


def test_a_submit_out_of_sight_is_led_to(studio, pictures):
    # Of a model whose list price is what the sandbox takes: no result changes the price meanwhile.
    watched = studio(TURBO, viewport={"width": 1366, "height": 650})
    page = watched.page
    page.locator("#id_images").set_input_files(pictures["cup.png"])
    expect(page.locator("input[name=image_ids]")).to_have_count(1)
    page.locator("#id_variations_4").check(force=True)
    expect(page.locator("#generate")).to_contain_text("$0.80")
    for number in range(5):
        page.locator("#id_prompt").fill(f"Row {number} [slow]")
        page.locator("#generate").click()
        expect(page.locator("article[id]", has_text=f"Row {number}")).to_have_count(4)
    pill = page.locator("#submitted")
    expect(pill).to_be_hidden()
    page.locator("#results").evaluate("part => part.scrollTop = part.scrollHeight")
    page.locator("#id_prompt").fill("Out of sight [slow]")
    page.locator("#generate").click()
    expect(pill).to_have_text(re.compile("4 submitted"), use_inner_text=True)
    expect(page.locator("#announcer")).to_have_text("Submitted. 4 tasks added.")
    watched.check_accessibility()
    pill.click()
    expect(pill).to_be_hidden()
    expect(page.locator("article[id]", has_text="Out of sight").first).to_be_in_viewport()
    assert page.evaluate("Boolean(document.activeElement.closest('article[id]'))")


def test_the_phone_keeps_room_for_pictures_and_opens_a_sheet(studio, pictures):
    watched = studio(**TOUCH)
    page = watched.page
    fixed = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter(part => ["fixed", "sticky"].includes(getComputedStyle(part).position))
            .filter(part => part.checkVisibility() && !part.closest("dialog, [popover], .skip"))
            .map(part => part.getBoundingClientRect().height)
            .reduce((sum, height) => sum + height, 0)"""
    )
    assert 80 < fixed < 120
    opener = page.locator("#dock-open")
    opener.tap()
    assert page.evaluate("document.getElementById('sheet').matches(':modal')")
    assert page.evaluate("document.getElementById('sheet').contains(document.activeElement)")
    watched.check_accessibility()
    put_picture(page, pictures)
    page.locator("#id_prompt").fill("With one hand")
    small = page.locator("#sheet").evaluate(
        """sheet => [...sheet.querySelectorAll("button, select, textarea, summary, label:has(input)")]
            .filter(part => part.checkVisibility() && !part.closest("details:not([open]) > div"))
            .map(part => [part.id || part.className, part.getBoundingClientRect()])
            .filter(([, box]) => box.height && (box.height < 44 || box.width < 44))
            .map(([name, box]) => `${name} ${box.width} ${box.height}`)"""
    )
    assert small == []
    sizes = page.locator("#sheet").evaluate(
        """sheet => [...sheet.querySelectorAll("input:not([type=radio], [type=checkbox], [type=file],"
            + "[type=hidden]), select, textarea")].map(part => parseFloat(getComputedStyle(part).fontSize))"""
    )
    assert min(sizes) >= 16
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    expect(opener).to_be_focused()
    expect(opener).to_contain_text("With one hand")
    page.locator("#dock-generate").tap()
    card = page.locator("article[id]", has_text="With one hand")
    expect(card).to_have_count(1)
    expect(card).to_be_in_viewport()
    watched.check_accessibility()


def test_a_refused_submit_on_the_phone_opens_the_sheet_at_its_faults(studio):
    watched = studio(STILLS, **TOUCH)
    page = watched.page
    page.evaluate("document.getElementById('id_prompt').value = ''")
    page.locator("#dock-generate").tap()
    expect(page.locator("#sheet")).to_be_visible()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#generate")).not_to_have_attribute("aria-disabled", "true", timeout=500)
    watched.expect_trouble("422")


def test_sizes_are_written_by_the_same_rule(studio):
    page = studio(STILLS).page
    sentences = json.loads(page.locator("[data-images]").get_attribute("data-sentences"))
    assert sentences["bytes"] == "This image has {size}; at most 50 MB are allowed."
    page.evaluate(
        """() => {
            const file = new File([new Uint8Array(63_543_705)], "large.png", {type: "image/png"});
            const detail = [file];
            document.getElementById("composer").dispatchEvent(new CustomEvent("images:given", {detail}));
        }"""
    )
    expect(page.locator("#field-images .problems li")).to_have_text(
        "large.png: This image has 60.6 MB; at most 50 MB are allowed."
    )


def test_addresses_stand_in_the_row_of_images_and_go_out_in_its_order(studio, stack):
    watched = studio(STILLS)
    page = watched.page
    page.locator("#addresses > summary").click()
    lines = page.get_by_label("Image addresses, one a line")
    shots = page.locator("#field-images .shot[data-kept]")
    names = shots.locator("strong")
    first, last = "https://a.example/first.png", "https://a.example/last.png"
    lines.fill(f"nonsense\n{first}\n{last}")
    lines.press("Tab")
    expect(names).to_have_text([re.compile("first.png"), re.compile("last.png")])
    refused = page.locator("#field-images .problems li")
    expect(refused).to_have_text(
        "nonsense: This is no address that starts with http:// or https://."
    )
    expect(lines).to_have_value("nonsense")
    watched.expect_trouble("422")
    watched.check_accessibility()
    page.get_by_role("button", name=re.compile("^Move .*last.png earlier")).press("Enter")
    expect(names).to_have_text([re.compile("last.png"), re.compile("first.png")])
    # A copy that cannot be made is said, and the address stays.
    lines.fill("https://127.0.0.1/inside.png")
    lines.press("Tab")
    expect(shots).to_have_count(3)
    page.get_by_role("button", name=re.compile("^Keep a copy of .*inside.png")).press("Enter")
    expect(refused).to_contain_text("https://127.0.0.1/inside.png: It could not be fetched")
    watched.expect_trouble("422")
    page.get_by_role("button", name=re.compile("^Remove .*inside.png")).press("Enter")
    expect(shots).to_have_count(2)
    page.locator("#id_prompt").fill("Two addresses in a row")
    page.locator("#generate").click()
    expect(page.locator("article.card", has_text="Two addresses in a row")).to_have_count(1)
    sent = stack.shell(
        "from generation.models import Task; task = Task.objects.get(params__prompt='Two addresses in a row');"
        "print(*task.images.order_by('position').values_list('url', flat=True))"
    )
    assert sent.split() == [last, first]
