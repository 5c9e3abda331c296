"""A member's whole way: from the first visit to the archived, playing result."""

import re

import pytest
from playwright.sync_api import expect

from .composing import choose
from .conftest import PASSWORD, TOUCH

pytestmark = pytest.mark.browser

PROMPTS = {
    "viduq2_turbo_img2video": "The rocket lifts off, steam rolls over the pad",
    "viduq1_img2video": "Slow push in over the cup, morning light",
    "vidu20_img2video": "Dust in the sunbeam, camera still",
    "viduq2_pro_fast_reference2video": "@anna turns to the camera and smiles",
    "viduq2_reference2image": "The same cup on a marble counter, top light",
}


@pytest.fixture(scope="module")
def member():
    """What the browser remembers between the tests of this module."""
    return {}


def test_first_visit_makes_the_first_admin(new_page, stack, setup_link, member):
    watched = new_page()
    page = watched.page
    watched.open("/")
    expect(page).to_have_url(re.compile("/setup/"))
    watched.check_accessibility()
    watched.open(setup_link)
    page.get_by_label("Username").fill("maya")
    page.get_by_label("mail").fill("maya@example.com")
    page.locator("#id_password1").fill(PASSWORD)
    page.locator("#id_password2").fill(PASSWORD)
    watched.check_accessibility()
    page.keyboard.press("Enter")
    expect(page).to_have_url(stack.url + "/")
    page.get_by_role("button", name="Sandbox").click()
    expect(page.get_by_text("No real generations, nothing is charged")).to_be_visible()
    page.keyboard.press("Escape")
    watched.check_accessibility()
    member["state"] = watched.context.storage_state()


def test_a_subject_is_made_by_hand(new_page, pictures, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/subjects/")
    watched.check_accessibility()
    page.get_by_role("link", name="New subject").first.click()
    expect(page.locator("#id_title")).to_be_visible()
    watched.check_accessibility()
    page.locator("#id_title").press_sequentially("Anna")
    expect(page.get_by_text("@anna is free")).to_be_visible()
    page.locator("#id_images").set_input_files(pictures["cup.png"])
    expect(page.locator(".shot")).to_be_visible()
    page.get_by_role("button", name="Create subject").click()
    expect(page).to_have_url(re.compile("/subjects/anna/"), timeout=15_000)
    expect(page.get_by_text("@anna").first).to_be_visible()
    watched.check_accessibility()


def test_all_five_models_from_form_to_archived_result(new_page, pictures, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    page.evaluate("window.stays = true")
    for model, prompt in PROMPTS.items():
        choose(page, model)
        page.locator("#id_prompt").fill(prompt)
        if model == "viduq2_pro_fast_reference2video":
            expect(page.locator(".subject-chip[data-handle=anna]")).to_be_visible()
        elif page.locator("input[name=image_ids]").count() == 0:
            page.locator("#id_images").set_input_files(pictures["rocket.jpg"])
            expect(page.locator("#field-images .shot")).to_have_count(1)
        page.locator("#generate").click()
        card = page.locator("article.card", has_text=prompt)
        expect(card).to_have_count(1)
    expect(page.locator("article.card")).to_have_count(5)
    watched.check_accessibility()
    for model in PROMPTS:
        done = page.locator(f"article[data-model={model}][data-state=completed]")
        expect(done).to_have_count(1, timeout=60_000)
    assert page.evaluate("window.stays") is True, "the page was reloaded"
    watched.check_accessibility()


def plays_and_seeks(video):
    expect(video).to_be_visible()
    facts = video.evaluate(
        """async video => {
            video.muted = true;
            await video.play();
            await new Promise(done => setTimeout(done, 700));
            const played = video.currentTime;
            video.pause();
            const seeked = new Promise(done => video.addEventListener('seeked', done, {once: true}));
            video.currentTime = 4;
            await seeked;
            return {played, now: video.currentTime, duration: video.duration,
                    end: video.seekable.end(0), width: video.videoWidth};
        }"""
    )
    assert facts["played"] > 0.2
    assert abs(facts["now"] - 4) < 0.2
    assert abs(facts["duration"] - 5) < 0.3
    assert facts["end"] > 4.5
    assert facts["width"] >= 640


def test_the_video_plays_and_seeks(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    tile = page.locator("article[data-model=viduq2_turbo_img2video] a").first
    address = tile.get_attribute("href")
    tile.click()
    expect(page).to_have_url(watched.base + address)
    viewer = page.locator("dialog#viewer")
    plays_and_seeks(viewer.locator("video"))
    expect(viewer.get_by_role("button", name="Play", exact=True)).to_be_visible()
    watched.check_accessibility()
    viewer.get_by_role("link", name="Open its page").click()
    expect(page).to_have_url(watched.base + address)
    plays_and_seeks(page.locator("video[controls]"))
    watched.check_accessibility()


def test_a_card_plays_on_hover_and_on_focus(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    card = page.locator("article[data-model=viduq1_img2video]")
    card.hover()
    expect(card.locator("video")).to_have_count(1)
    for _ in range(50):
        if card.locator("video").evaluate("video => video.currentTime") > 0.1:
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError("the card's video does not play")
    page.mouse.move(2, 2)
    expect(card.locator("video")).to_have_count(0)
    card.locator("a").first.focus()
    expect(card.locator("video")).to_have_count(1)
    assert card.locator("video").evaluate("video => video.muted")
    # Not for who wants little motion.
    card.locator("a").first.blur()
    page.emulate_media(reduced_motion="reduce")
    card.hover()
    page.wait_for_timeout(400)
    expect(card.locator("video")).to_have_count(0)


def downloads(page, link):
    with page.expect_download() as waiting:
        link.click()
    download = waiting.value
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_q2-turbo_[0-9a-f]{8}\.mp4", download.suggested_filename)
    assert download.path().read_bytes()[4:8] == b"ftyp"


def test_download_has_a_name_and_the_right_bytes(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    tile = page.locator("article[data-model=viduq2_turbo_img2video] a").first
    address = tile.get_attribute("href")
    tile.click()
    downloads(page, page.get_by_role("dialog").get_by_role("link", name="Download"))
    watched.open(address)
    downloads(page, page.get_by_role("link", name="Download").first)


def test_failures_say_what_happened_and_what_can_be_done(new_page, pictures, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose(page, "viduq2_reference2image")
    for word in ("[fail]", "[moderated]", "[expire]"):
        page.locator("#id_prompt").fill(f"A calm sea {word}")
        page.locator("#generate").click()
        expect(page.locator("article.card", has_text=word)).to_have_count(1)
    failed = page.locator("article[data-state=failed]", has_text="[fail]")
    expect(failed).to_contain_text("Not charged", timeout=40_000)
    refused = page.locator("article[data-state=failed]", has_text="[moderated]")
    expect(refused).to_contain_text("content review", timeout=40_000)
    at_risk = page.locator("article", has_text="[expire]")
    expect(at_risk).to_contain_text("Not safe yet", timeout=40_000)
    watched.check_accessibility()
    refused.get_by_role("link", name="Edit").click()
    expect(page.locator("#id_prompt")).to_have_value("A calm sea [moderated]")


def test_the_engine_page_keeps_itself_up_to_date(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/engine/")
    page.evaluate("document.getElementById('figures').replaceChildren()")
    expect(page.locator(".cases")).to_contain_text("Not safe yet", timeout=15_000)
    expect(page.locator("#nav-engine")).to_contain_text("1")
    watched.check_accessibility()


def test_try_again_makes_a_new_card(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    failed = page.locator("article[data-state=failed]", has_text="[fail]")
    failed.get_by_role("button", name="Run again").click()
    expect(page.locator("article.card", has_text="[fail]")).to_have_count(2)


REACHED = {
    "/", "/tasks/", "/tasks/*/", "/subjects/", "/subjects/new/", "/subjects/anna/", "/subjects/anna/edit/", "/keys/",
    "/usage/", "/usage/tasks/", "/usage/budgets/", "/usage/reconciliation/", "/team/", "/team/*/", "/team/audit/", "/team/webhooks/",
    "/account/", "/engine/",
}  # fmt: skip
LINKS = """() => [...document.querySelectorAll("a[href^='/']:not([download])")].map(link => link.getAttribute("href"))
    .filter(path => !path.startsWith("/admin/") && !path.startsWith("/media/") && !path.includes("export"))"""


def test_every_page_that_links_lead_to_is_clean_and_has_room(new_page, member):
    watched = new_page(member["state"], **TOUCH)
    page, seen, waiting, missing = watched.page, set(), ["/", "/nothing/"], []
    page.on("response", lambda answer: answer.status == 404 and missing.append(answer.url))
    while waiting:
        path = waiting.pop()
        kind = re.sub(r"[0-9a-f-]{36}", "*", path.split("?")[0].split("#")[0])
        if kind in seen:
            continue
        seen.add(kind)
        page.set_viewport_size(TOUCH["viewport"])
        watched.open(path)
        watched.check_thumbs()
        watched.check_accessibility()
        waiting += page.evaluate(LINKS)
        watched.check_room()
    watched.expect_trouble("404")
    assert missing == [f"{watched.base}/nothing/"]
    assert seen >= REACHED


def test_everything_works_without_javascript(new_page, pictures, member):
    watched = new_page(member["state"], java_script_enabled=False)
    page = watched.page
    watched.open("/?model=viduq2_turbo_img2video")
    page.locator("#id_images").set_input_files(pictures["cup.png"])
    page.locator("#id_prompt").fill("By hand, without scripts")
    page.locator("#generate").click()
    expect(page).to_have_url(re.compile(r"/tasks/[0-9a-f-]{36}/"))
    expect(page.get_by_text("By hand, without scripts").first).to_be_visible()


def test_logout_and_an_expired_session(new_page, stack, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/?whose=mine")
    second = watched.context.new_page()
    second.goto(stack.url + "/account/")
    second.locator("button.avatar").click()
    second.get_by_role("button", name="Log out").click()
    expect(second).to_have_url(re.compile("/login/"))
    # The studio that was open meanwhile leads to the login by itself, not into a card.
    expect(page).to_have_url(re.compile("/login/"), timeout=30_000)
    watched.check_accessibility()
    page.locator("#id_username").fill("maya@example.com")
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("article.card").first).to_be_visible()
