"""The whole way by thumb, and what a screen reader is told on it."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, TOUCH, log_in

pytestmark = pytest.mark.browser

SHEET = """window.shared = [];
navigator.canShare = ({files}) => files.every(file => file.type === "video/mp4");
navigator.share = async (what) => {
    if (window.refuse) throw new DOMException("", window.refuse);
    window.shared.push({...what, files: what.files?.map(({name, size, type}) => ({name, size, type}))});
};"""
ASKED = """document.addEventListener("click", ({target}) => {
    if (target.matches("[type=file]")) window.asked = target.getAttribute("capture");
}, true)"""


MADE = f"""
from generation.models import User
from tests.factories import make_subject
owner = User.objects.create_superuser('rhea', 'rhea@example.com', '{PASSWORD}')
make_subject(owner, 'ola', 2)
"""
LIBRARY = """
- main:
  - search "Subjects":
    - heading "Subjects" [level=1]
    - searchbox "Search by handle or title"
    - group "Whose":
      - radio "All" [checked]
      - radio "Team"
      - radio "Mine"
      - radio "Archived"
    - combobox "Order"
    - link "New subject"
  - list:
    - listitem:
      - heading "Ola" [level=2]:
        - link "Ola"
"""
SUBJECT = """
- main:
  - paragraph:
    - link "Subjects"
  - heading "Ola @ola" [level=1]
  - button "More"
  - link "Change"
  - link "Use in studio"
  - complementary "What it is":
    - list:
      - listitem:
        - link "Ola, picture 1"
      - listitem:
        - link "Ola, picture 2"
    - region "Versions":
      - heading "Versions" [level=2]
  - heading "Made with Ola" [level=2]
"""
COMPOSER = """
- form "New generation":
  - group "What to make":
    - radio "Image to video"
    - radio "With subjects" [checked]
    - radio "Stills"
  - group "Subjects, required"
  - textbox "Prompt": "@ola waves"
  - button /Model. Q2 Pro Fast .*/
  - button "Shorter"
  - combobox "Duration"
  - button "Longer"
  - group "Results":
    - radio "×1" [checked]
  - group: /Advanced/
  - combobox "Key that pays"
  - combobox "Who sees it"
  - button /^Generate/
"""
RESULTS = """
- region "Results":
  - navigation "Whose results":
    - link "Team"
    - link "Mine"
  - button "Notify me"
  - group "Results":
    - region "Today":
      - heading "Today" [level=2]
      - article:
        - link /@ola waves, video, 0.05/
"""
# Its actions are in the tile's menu too, and alone there when what others have made leaves it narrow
# (tests/browser/test_results.py).
VIEWER = r"""
- dialog /@ola waves, video, 0.05/:
  - region "Picture or film":
    - button "Close"
    - text: /^1 of \d+/
    - link "Open its page"
    - group /@ola waves/:
      - button "Previous result" [disabled]
      - button "Next result"
    - slider "Position"
    - button "Back one frame"
    - button /^(Play|Pause)$/
    - button "On one frame"
    - combobox "Speed"
    - button "Loop"
    - button "Sound"
    - button "Use this frame"
  - complementary "About this result":
    - region "Keep":
      - button "Favourite"
      - group "Your rating"
    - region "Asked for":
      - heading "Asked for" [level=2]
      - button "Copy prompt"
    - button /^Vary/
    - link "Remix"
    - link "Download"
    - button "Use as reference"
    - button "Make a subject"
"""
TASK = """
- main:
  - navigation "Results":
    - link "Gallery"
  - spinbutton "Frame at"
  - button "Use this frame"
  - button "Use as reference"
  - button "Make a subject"
  - heading "The video is ready" [level=1]
  - link "Download"
  - link "Remix"
  - button /^Vary/
  - button /^Run again/
  - region "Asked for":
    - heading "Asked for" [level=2]
    - button "Copy prompt"
  - group: /Timeline/
  - group: /Details/
"""
KEYS = """
- dialog "Keys":
  - heading "Keys" [level=2]
  - button "Close"
  - switch /^Single keys/ [checked]
"""
CROP = """
- dialog "Crop or turn":
  - heading "Crop or turn" [level=2]
  - button "Close"
  - group "Ratio":
    - radio "As it is" [checked]
  - slider "How much"
  - slider "Left to right" [disabled]
  - slider "Top to bottom" [disabled]
  - button "Crop"
  - status: /pixels/
  - button "Turn left"
  - button "Turn right"
"""


@pytest.fixture(scope="module")
def rhea(chromium, stack):
    stack.shell(MADE)
    return log_in(chromium, stack, "rhea")


def heard(page, place, tree):
    expect(page.locator(place)).to_match_aria_snapshot(tree)


def tab_to(page, role, name):
    """Presses Tab until that is focused, as somebody does who has no mouse."""
    wanted = page.get_by_role(role, name=name).first
    expect(wanted).to_be_visible(timeout=60_000)
    for _ in range(100):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {name}")


def photo(page, pictures, act):
    """What the phone gives after `act`: a photo just taken, or one of its library."""
    page.evaluate(ASKED)
    with page.expect_file_chooser() as chooser:
        act.tap()
    chooser.value.set_files(pictures["rocket.jpg"])
    expect(page.locator(".shot[data-kept]")).to_have_count(1)
    return page.evaluate("window.asked")


def test_from_the_camera_to_the_share_sheet_with_one_thumb(new_page, rhea, pictures):
    watched = new_page(rhea, **TOUCH)
    page = watched.page
    page.add_init_script(SHEET)
    watched.open("/subjects/")
    page.get_by_role("link", name="New subject").first.tap()
    expect(page.get_by_role("heading", name="New subject")).to_be_visible()
    assert photo(page, pictures, page.get_by_role("button", name="Take a photo")) == "environment"
    page.get_by_role("button", name=re.compile("^Remove")).tap()
    assert photo(page, pictures, page.locator("#id_images")) is None  # phones offer the library
    page.locator("#id_title").fill("Ida")
    expect(page.get_by_text("@ida is free")).to_be_visible()
    page.get_by_role("button", name="Create subject").tap()
    page.get_by_role("link", name="Use in studio").tap()
    expect(page).to_have_url(re.compile(r"subjects=ida"))
    page.wait_for_load_state()  # a thumb does not press before there is something to see
    page.locator("#dock-open").tap()
    expect(page.locator(".subject-chip[data-handle=ida]")).to_be_visible()
    prompt = page.locator("#id_prompt")
    prompt.fill("")
    prompt.press_sequentially("@id")
    page.get_by_role("option", name=re.compile("@ida")).tap()
    prompt.press_sequentially("sails at dawn")
    page.locator("#generate").tap()
    card = page.locator("article.card", has_text="sails at dawn")
    expect(card).to_be_in_viewport()
    expect(page.locator("#announcer")).to_have_text(re.compile("Submitted"))
    done = page.locator("article[data-state=completed]", has_text="sails at dawn")
    expect(done).to_have_count(1, timeout=60_000)
    done.get_by_role("link").first.tap()
    expect(page.locator("#viewer-shown video")).to_be_visible()
    watched.check_thumbs()
    page.get_by_role("link", name="Open its page").tap()
    expect(page.locator("video[controls]")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").tap()
    assert download.value.suggested_filename.endswith(".mp4")
    page.get_by_role("button", name="Share").tap()
    page.wait_for_function("shared.length === 1")
    (file,) = page.evaluate("shared[0].files")
    assert file["name"] == download.value.suggested_filename
    assert file["size"] == download.value.path().stat().st_size
    # A press that was too long ago says so; where files cannot be shared, the address is.
    page.evaluate("window.refuse = 'NotAllowedError'")
    page.get_by_role("button", name="Share").tap()
    expect(page.locator("#announcer")).to_have_text("The file is ready. Press Share again.")
    page.reload()
    page.evaluate("navigator.canShare = undefined")
    page.get_by_role("button", name="Share").tap()
    page.wait_for_function("shared.length === 1")
    assert page.evaluate("shared[0].url === location.href && !shared[0].files")
    watched.check_accessibility()
    # A browser without a sheet is offered none.
    other = new_page(rhea)
    other.open(page.url)
    expect(other.page.get_by_role("link", name="Download")).to_be_visible()
    expect(other.page.locator("#task-share")).to_be_hidden()


def test_by_keys_and_by_ear_from_a_subject_to_the_file(new_page, rhea, pictures):
    watched = new_page(rhea)
    page = watched.page
    watched.open("/subjects/")
    heard(page, "main", LIBRARY)
    tab_to(page, "link", "Ola")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/subjects/ola/"))
    heard(page, "main", SUBJECT)
    tab_to(page, "link", "Use in studio")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("subjects=ola"))
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.locator("#id_prompt")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("@ol")
    expect(page.get_by_role("combobox", expanded=True)).to_have_accessible_name("Prompt")
    expect(page.get_by_role("option", name=re.compile("@ola"), selected=True)).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("waves")
    heard(page, "#composer", COMPOSER)
    page.keyboard.press("Control+Enter")
    announced = page.get_by_role("status").and_(page.locator("#announcer"))
    expect(announced).to_have_text(re.compile("^Submitted"))
    expect(announced).to_have_text(re.compile("ready"), timeout=60_000)
    heard(page, "#results", RESULTS)
    tab_to(page, "link", re.compile("@ola waves, video"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tasks/"))
    heard(page, "#viewer", VIEWER)
    tab_to(page, "link", "Open its page")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The video is ready")
    heard(page, "main", TASK)
    tab_to(page, "link", "Download")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".mp4")
    watched.open("/?model=viduq2_turbo_img2video")
    page.keyboard.press("?")
    heard(page, "dialog[open]", KEYS)
    moves = "getComputedStyle(document.querySelector('dialog[open]')).animationName"
    assert page.evaluate(moves) != "none"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moves) == "none"
    page.keyboard.press("Escape")
    page.locator("#id_images").set_input_files(pictures["rocket.jpg"])
    crop = page.get_by_role("button", name="Crop or turn rocket.jpg")
    crop.focus()
    page.keyboard.press("Enter")
    heard(page, "dialog[open]", CROP)
    page.keyboard.press("Escape")
    expect(crop).to_be_focused()
