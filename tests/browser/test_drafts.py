"""Nothing given to the studio's form is lost, and pictures are given once."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, log_in
from .late import LateAnswers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def member(chromium, stack):
    stack.shell(
        "from generation.models import User;"
        f"User.objects.create_superuser('dora', 'dora@example.com', '{PASSWORD}')"
    )
    return log_in(chromium, stack, "dora")


@pytest.fixture
def studio(new_page, member):
    watched = new_page(member)
    watched.open("/?family=img2video")
    return watched


def kept(page):
    return page.locator("#field-images .shot[data-kept]")


def give(page, path):
    """Chooses a file and waits until it is kept."""
    with page.expect_response(re.compile("/uploads/")):
        page.locator("input[type=file]").first.set_input_files(path)
    expect(page.locator("#field-images .shot[data-pending]")).to_have_count(0)
    expect(kept(page)).to_have_count(1)


def saved(page, act):
    """Does `act`, and waits until the server has what the form says then."""
    with page.expect_response(re.compile("/drafts/")) as answer:
        act()
    return answer.value.status


def test_it_is_there_after_other_pages_and_a_reload(studio, pictures):
    page = studio.page
    with page.expect_response(re.compile("/uploads/")):
        page.locator("input[type=file]").first.set_input_files(pictures["rocket.jpg"])
    expect(kept(page)).to_have_count(1)
    assert saved(page, lambda: page.locator("#id_prompt").fill("A rocket in the rain")) == 204
    for leave in ("/keys/", "/?whose=mine", "/"):
        studio.open(leave)
    expect(page.locator("#id_prompt")).to_have_value("A rocket in the rain")
    expect(kept(page)).to_have_count(1)
    page.reload()
    expect(page.locator("#id_prompt")).to_have_value("A rocket in the rain")
    studio.check_accessibility()


def test_words_typed_just_before_leaving_are_there(studio):
    page = studio.page
    page.locator("#id_prompt").fill("Typed and gone")
    page.get_by_role("link", name="Gallery").first.click()
    expect(page).to_have_url(re.compile("/tasks/"))
    page.go_back()
    expect(page.locator("#id_prompt")).to_have_value("Typed and gone")


def test_words_typed_while_a_save_is_on_its_way_survive_a_change_of_the_kind(studio):
    page = studio.page
    # The server has it, and the page does not know that yet.
    late = LateAnswers(page, "**/drafts/img2video/")
    page.locator("#id_prompt").fill("Kept words")
    late.wait()
    page.locator("#id_prompt").press_sequentially(" and more")
    page.get_by_role("radio", name="Stills").check()
    page.wait_for_timeout(200)  # the change would have gone by now
    late.let_go()
    expect(page.locator("#options[data-model=viduq2_reference2image]")).to_be_visible()
    page.get_by_role("radio", name="Image to video").check()
    expect(page.locator("#options[data-model=viduq2_turbo_img2video]")).to_be_visible()
    expect(page.locator("#id_prompt")).to_have_value("Kept words and more")


def test_it_outlives_the_session(studio, stack):
    page = studio.page
    cookies = studio.context.cookies()
    studio.context.clear_cookies(name="sessionid")
    page.locator("#id_callback_url").evaluate(
        "field => field.value = 'https://me.example/?token=1'"
    )
    page.locator("#id_prompt").fill("Typed after the session had ended")
    expect(page).to_have_url(re.compile("/login/"))
    waits = page.evaluate("JSON.stringify(sessionStorage)")
    assert "Typed+after" in waits
    assert "me.example" not in waits
    studio.context.add_cookies(cookies)
    studio.open("/?family=img2video")
    expect(page.locator("#id_prompt")).to_have_value("Typed after the session had ended")


def test_words_whose_save_has_no_answer_yet_outlive_the_session(studio):
    page = studio.page
    cookies = studio.context.cookies()
    held = []
    page.route("**/drafts/img2video/", lambda route: held.append(route))
    page.locator("#id_prompt").fill("Typed and on its way")
    while not held:
        page.wait_for_timeout(50)
    studio.context.clear_cookies(name="sessionid")
    studio.open("/login/")  # where another request of the page leads meanwhile
    page.unroute("**/drafts/img2video/")
    studio.context.add_cookies(cookies)
    studio.open("/?family=img2video")
    expect(page.locator("#id_prompt")).to_have_value("Typed and on its way")


def test_the_newer_of_two_pages_wins_and_the_other_says_so(studio, new_page, member):
    page = studio.page
    saved(page, lambda: page.locator("#id_prompt").fill("On the first page"))
    other = new_page(member)
    other.open("/?family=img2video")
    saved(other.page, lambda: other.page.locator("#id_prompt").fill("On the second page"))
    assert saved(page, lambda: page.locator("#id_prompt").fill("Older")) == 409
    expect(page.locator("#draft-note")).to_contain_text("changed on another page")
    studio.expect_trouble("409")
    studio.check_accessibility()
    page.get_by_role("link", name="Load it").click()
    expect(page.locator("#id_prompt")).to_have_value("On the second page")

    saved(page, lambda: page.locator("#id_prompt").fill("Newer again"))
    assert saved(other.page, lambda: other.page.locator("#id_prompt").fill("Mine")) == 409
    keep = other.page.get_by_role("button", name="Keep this one instead")
    assert saved(other.page, keep.click) == 204
    other.expect_trouble("409")
    studio.open("/?family=img2video")
    expect(page.locator("#id_prompt")).to_have_value("Mine")


def test_an_upload_shows_how_far_it_is_and_can_be_cancelled(studio, pictures):
    page = studio.page
    while kept(page).count():
        kept(page).first.locator("[data-act=remove]").click()
    page.route("**/uploads/", lambda route: None)  # it stays on its way
    page.locator("input[type=file]").first.set_input_files(pictures["cup.png"])
    pending = page.locator("#field-images .shot[data-pending]")
    expect(pending).to_contain_text(re.compile("Uploading|checking"))
    pending.get_by_role("button", name="Cancel the upload of cup.png").press("Enter")
    expect(pending).to_have_count(0)
    expect(kept(page)).to_have_count(0)
    studio.expect_trouble(r"htmx:\w+, \[object HTMLLIElement\]")  # htmx says so of each abort
    page.unroute_all(behavior="ignoreErrors")


def test_what_the_server_refuses_is_said_beside_the_picture(studio, tmp_path):
    page = studio.page
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"no picture" * 40)
    page.locator("input[type=file]").first.set_input_files(str(path))
    expect(page.locator("#field-images .problems li")).to_contain_text("broken.png: This image is")
    studio.expect_trouble("422")


def test_one_used_before_is_picked_by_keyboard(studio):
    page = studio.page
    while kept(page).count():
        kept(page).first.locator("[data-act=remove]").click()
    page.get_by_role("button", name="Recent").press("Enter")
    dialog = page.get_by_role("dialog", name="Pick a picture")
    expect(dialog.get_by_role("button").nth(1)).to_be_focused()
    studio.check_accessibility()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(kept(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Recent")).to_be_focused()


def test_prompts_of_before_are_walked_through_and_searched(studio, pictures):
    page = studio.page
    give(page, pictures["rocket.jpg"])
    for text in ("Waves at noon", "A lamp at night"):
        page.locator("#id_prompt").fill(text)
        page.locator("#generate:not([aria-disabled])").click()
        expect(page.locator("article[id]", has_text=text)).to_have_count(1)
    page.locator("#id_prompt").fill("")
    page.locator("#id_prompt").press("ArrowUp")
    expect(page.locator("#id_prompt")).to_have_value("A lamp at night")
    page.locator("#id_prompt").press("ArrowUp")
    expect(page.locator("#id_prompt")).to_have_value("Waves at noon")
    page.get_by_role("button", name="History").press("Enter")
    dialog = page.get_by_role("dialog", name="Your prompts")
    dialog.get_by_role("searchbox").fill("lamp")
    expect(dialog.get_by_role("listitem")).to_have_text(["A lamp at night"])
    studio.check_accessibility()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#id_prompt")).to_have_value("A lamp at night")
    expect(page.locator("#id_prompt")).to_be_focused()


def test_a_picture_is_cropped_and_turned_by_keyboard(studio, pictures):
    page = studio.page
    give(page, pictures["rocket.jpg"])
    expect(kept(page)).to_contain_text("640 × 427")
    page.get_by_role("button", name="Crop or turn rocket.jpg").press("Enter")
    dialog = page.get_by_role("dialog", name="Crop or turn")
    dialog.get_by_role("radio", name="1:1").press("Space")
    expect(dialog.locator("output")).to_have_text("427 × 427 pixels")
    dialog.get_by_label("Left to right").press("End")
    studio.check_accessibility()
    dialog.get_by_role("button", name="Crop", exact=True).press("Enter")
    expect(kept(page)).to_contain_text("427 × 427")
    expect(kept(page)).to_have_count(1)
    held = []
    page.route("**/media/images/**", lambda route: held.append(route))
    page.get_by_role("button", name="Crop or turn rocket.jpg").press("Enter")
    dialog.get_by_role("radio", name="16:9").press("Space")
    dialog.get_by_role("button", name="Crop", exact=True).press(
        "Enter"
    )  # before the picture is there
    while held:
        held.pop().continue_()
    page.unroute("**/media/images/**")
    expect(kept(page)).to_contain_text("427 × 240")
    page.get_by_role("button", name="Crop or turn rocket.jpg").press("Enter")
    dialog.get_by_role("button", name="Turn right").press("Enter")
    expect(kept(page)).to_contain_text("240 × 427")
    # One whose ratio is not taken is kept, and cropped by one more press.
    give(page, pictures["banner.png"])
    expect(kept(page)).to_contain_text("a ratio of 5:1; allowed is 1:4 to 4:1.")
    studio.check_accessibility()
    page.get_by_role("button", name="Crop banner.png").press("Enter")
    expect(dialog.get_by_role("radio", name="4:1")).to_be_checked()
    dialog.get_by_role("button", name="Crop", exact=True).press("Enter")
    expect(kept(page)).to_contain_text("800 × 200")
    expect(kept(page)).not_to_contain_text("allowed is")


def test_the_same_twice_is_asked_about_and_a_frame_goes_on(studio, pictures):
    page = studio.page
    give(page, pictures["rocket.jpg"])
    page.locator("#id_prompt").fill("Once is enough")
    page.locator("#generate").click()
    card = page.locator("article[id]", has_text="Once is enough")
    expect(card).to_have_count(1)
    page.locator("#generate:not([aria-disabled])").click()
    expect(page.locator("#error-summary")).to_contain_text("made")
    expect(page.locator("#error-summary")).to_be_focused()
    studio.expect_trouble("422")
    studio.check_accessibility()
    page.get_by_role("button", name=re.compile("Run anyway")).click()
    expect(card).to_have_count(2)

    done = page.locator("article[data-state=completed]", has_text="Once is enough").first
    expect(done).to_be_visible(timeout=60_000)
    studio.open(done.locator("a.open").get_attribute("href"))
    page.get_by_label("Frame at").fill("1.5")
    studio.check_accessibility()
    page.get_by_role("button", name="Use this frame").click()
    expect(page).to_have_url(re.compile("family=img2video"))
    expect(kept(page)).to_contain_text("frame at 1.5 s.png")
    expect(page.locator("#id_prompt")).to_have_value("Once is enough")


def test_a_remix_gives_the_own_form_back(studio):
    page = studio.page
    saved(page, lambda: page.locator("#id_prompt").fill("My own words"))
    page.locator("article a.open").first.focus()
    href = page.locator("article[data-state=completed] a[href*='?from=']").first.get_attribute(
        "href"
    )
    studio.open(href)
    expect(page.locator("#id_prompt")).not_to_have_value("My own words")
    saved(page, lambda: page.locator("#id_prompt").fill("The remix, changed"))
    studio.open("/")
    expect(page.locator("#id_prompt")).to_have_value("The remix, changed")
    page.get_by_role("button", name="Start afresh").click()
    expect(page.locator("#id_prompt")).to_have_value("My own words")
