"""A member's whole way: from the first visit to the archived, playing result."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD

pytestmark = pytest.mark.browser

PROMPTS = {
    "viduq2_turbo_img2video": "The rocket lifts off, steam rolls over the pad",
    "viduq1_img2video": "Slow push in over the cup, morning light",
    "vidu20_img2video": "Dust in the sunbeam, camera still",
    "viduq2_pro_fast_reference2video": "@anna turns to the camera and smiles",
    "viduq2_reference2image": "The same cup on a marble counter, top light",
}
KINDS = {
    "viduq2_pro_fast_reference2video": "reference2video",
    "viduq2_reference2image": "reference2image",
}


@pytest.fixture(scope="module")
def member():
    """What the browser remembers between the tests of this module."""
    return {}


HOLD_THE_NEXT_ANSWER = """() => {
    const {send} = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (body) {
        XMLHttpRequest.prototype.send = send;
        const {onload} = this;
        this.onload = event => { window.release = () => onload.call(this, event); };
        send.call(this, body);
    };
}"""


def choose(page, model):
    kind = KINDS.get(model, "img2video")
    tab = page.locator(f"#kind-{kind}")
    if not tab.is_checked():
        tab.check(force=True)
    radio = page.locator(f"input[name=model][value={model}]")
    if not radio.is_checked():
        radio.check(force=True)
    expect(page.locator(f"#options[data-model={model}]")).to_be_attached()
    expect(page.locator("#fields.htmx-request, #fields.htmx-settling")).to_have_count(0)


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
    expect(page.get_by_text("no real generations, nothing is charged")).to_be_visible()
    watched.check_accessibility()
    member["state"] = watched.context.storage_state()


def test_a_subject_is_made_by_hand(new_page, pictures, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/subjects/")
    watched.check_accessibility()
    page.locator("#id_handle").fill("anna")
    page.locator("#id_title").fill("Anna")
    page.locator("input[type=file]").first.set_input_files(pictures["cup.png"])
    page.locator("form[enctype] button[type=submit]").first.click()
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
            page.locator("input[name=subjects][value=anna]").check()
        elif page.locator("input[name=image_ids]").count() == 0:
            page.locator("#id_images").set_input_files(pictures["rocket.jpg"])
            expect(page.locator("#field-images .shot")).to_be_visible()
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


def test_the_video_plays_and_seeks(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    page.locator("article[data-model=viduq2_turbo_img2video] a").first.click()
    video = page.locator("video[controls]")
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


def test_download_has_a_name_and_the_right_bytes(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    page.locator("article[data-model=viduq2_turbo_img2video] a").first.click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").first.click()
    download = waiting.value
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_q2-turbo_[0-9a-f]{8}\.mp4", download.suggested_filename)
    assert download.path().read_bytes()[4:8] == b"ftyp"


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
    expect(page.locator("#field-images .shot")).to_be_visible()
    page.locator("#id_prompt").fill("The answer takes its time")
    page.evaluate(HOLD_THE_NEXT_ANSWER)
    page.locator("#generate").click()
    # The task is in the database; its card comes by the live page, before the answer.
    card = page.locator("article.card", has_text="takes its time")
    expect(card).to_have_count(1, timeout=15_000)
    page.locator("input[name=model][value=viduq1_img2video]").check(force=True)
    page.locator("#id_images").set_input_files(pictures["cup.png"])
    expect(page.locator("#field-images")).to_contain_text("cup.png")
    page.locator("#id_prompt").fill("The next idea")
    page.wait_for_function("() => Boolean(window.release)")
    page.evaluate("release()")
    expect(page.locator("#options[data-model=viduq1_img2video]")).to_be_attached()
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
    page.evaluate(HOLD_THE_NEXT_ANSWER)
    page.locator("input[name=model][value=vidu20_img2video]").check(force=True)
    page.locator("input[name=model][value=viduq1_img2video]").check(force=True)
    expect(page.locator("input[name=model]:checked")).to_have_value("viduq1_img2video")
    page.wait_for_function("() => Boolean(window.release)")
    page.evaluate("release()")
    expect(page.locator("#options[data-model=viduq1_img2video]")).to_be_attached()
    expect(page.locator("input[name=model]:checked")).to_have_value("viduq1_img2video")


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
    refused.get_by_role("link", name="Edit and resend").click()
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
    failed.get_by_role("button", name="Try again").click()
    expect(page.locator("article.card", has_text="[fail]")).to_have_count(2)


def test_options_follow_while_choosing(new_page, member):
    watched = new_page(member["state"])
    page = watched.page
    watched.open("/")
    choose(page, "vidu20_img2video")
    page.locator("#id_duration").select_option("8")
    expect(page.locator("#id_resolution option[value='1080p']")).to_have_count(0)
    expect(page.locator("#price")).to_contain_text("$0.50")
    page.locator("#id_duration").select_option("4")
    expect(page.locator("#id_resolution option[value='1080p']")).to_have_count(1)


@pytest.mark.parametrize(
    "path", ["/tasks/", "/subjects/anna/", "/keys/", "/account/", "/engine/", "/nothing/"]
)
def test_every_other_page_is_clean(new_page, member, path):
    watched = new_page(member["state"])
    watched.open(path)
    if path == "/nothing/":
        watched.expect_trouble("404")
    watched.check_accessibility()


@pytest.mark.parametrize("path", ["/", "/tasks/", "/subjects/", "/keys/", "/account/", "/engine/"])
@pytest.mark.parametrize("width", [320, 390, 768])
def test_no_page_scrolls_sideways(new_page, member, path, width):
    watched = new_page(member["state"], viewport={"width": width, "height": 800})
    watched.open(path)
    over = watched.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert over <= 0


def test_the_phone_is_clean_too(new_page, member):
    watched = new_page(
        member["state"], viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    watched.open("/")
    watched.check_accessibility()


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
