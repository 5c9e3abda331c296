"""Subjects by mouse, keyboard and touch: the library, a new one, and mentions in a prompt."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, log_in
from .late import LateAnswers

pytestmark = pytest.mark.browser

FAMILY = "/?family=reference2video"
MAKE = f"""
from django.core.files.uploadedfile import SimpleUploadedFile
from generation.catalog import ImageLimits
from generation.library.subjects import Content, create
from generation.library.uploads import keep_image
from generation.lifecycle.enqueue import Input
from generation.models import User
from io import BytesIO
from PIL import Image as Picture
sue = User.objects.create_superuser('sue', 'sue@example.com', '{PASSWORD}')
def one(n):
    buffer = BytesIO()
    Picture.new('RGB', (200 + n, 300), (n, 90, 120)).save(buffer, 'JPEG')
    file = SimpleUploadedFile('p.jpg', buffer.getvalue())
    return Input(image=keep_image(file, sue, ImageLimits()))
for number, (handle, count) in enumerate({{'kim': 1, 'kit': 3, 'tom': 3, 'zoe': 3}}.items()):
    images = [one(10 * number + n) for n in range(count)]
    create(Content(handle, handle.title(), '', '', 'team', images), sue)
"""


@pytest.fixture(scope="module")
def state(chromium, stack):
    """Somebody who is logged in, and four subjects of theirs."""
    stack.shell(MAKE)
    return log_in(chromium, stack, "sue")


@pytest.fixture
def studio(new_page, state):
    watched = new_page(state)
    watched.open(FAMILY)
    chosen = watched.page.locator("[data-drop]")
    while chosen.count():
        chosen.first.click()
    watched.page.locator("#id_prompt").fill("")
    return watched


def chip(page, handle):
    return page.locator(f".subject-chip[data-handle={handle}]")


def options(page):
    return page.locator("#mention-options [role=option]")


def test_by_keyboard_a_mention_picks_its_subject(studio):
    page = studio.page
    prompt = page.locator("#id_prompt")
    prompt.press_sequentially("Look, @ki")
    expect(options(page)).to_have_count(3)
    expect(page.get_by_role("combobox", expanded=True)).to_have_attribute(
        "aria-activedescendant", "mention-kim"
    )
    studio.check_accessibility()
    page.keyboard.press("ArrowDown")
    expect(prompt).to_have_attribute("aria-activedescendant", "mention-kit")
    expect(page.locator("#mention-options [aria-selected=true]")).to_contain_text("3 pictures")
    page.keyboard.press("Enter")
    expect(prompt).to_have_value("Look, @kit ")
    expect(chip(page, "kit")).to_be_visible()
    expect(page.locator("#subject-count")).to_have_text("1 of 7 subjects, 3 of 7 pictures")
    expect(page.locator(".marks .mention.known")).to_have_text("@kit")
    studio.check_accessibility()
    page.keyboard.press("Shift+Home")
    prompt.press_sequentially("@k")
    page.keyboard.press("Escape")
    expect(page.locator("#mention-options")).to_be_hidden()
    expect(prompt).not_to_have_attribute("role", "combobox")


def test_enter_waits_for_the_subjects_of_what_is_typed(studio):
    """Else the first of those that were found for less would be in a film that costs money."""
    page = studio.page
    prompt = page.locator("#id_prompt")
    late = LateAnswers(page, "**/subjects/mention-list/?q=kit")
    prompt.press_sequentially("@k")
    expect(options(page).first).to_contain_text("@kim")
    prompt.press_sequentially("it")
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    prompt.press_sequentially("waves")
    expect(prompt).to_have_value("@kitwaves")
    late.let_go()
    expect(prompt).to_have_value("@kit waves")
    prompt.press_sequentially(" at ")
    expect(prompt).to_have_value("@kit waves at ")
    expect(chip(page, "kit")).to_be_visible()
    expect(chip(page, "kim")).to_have_count(0)
    # What the arrows have chosen stays chosen.
    late = LateAnswers(page, "**/subjects/mention-list/?q=ki")
    prompt.press_sequentially("@k")
    expect(options(page).first).to_contain_text("@kim")
    prompt.press_sequentially("i")
    page.keyboard.press("ArrowDown")
    late.let_go()
    expect(page.locator("#mention-options [aria-selected=true]")).to_contain_text("@kit")
    page.keyboard.press("Escape")


def test_by_mouse_a_chip_is_added_and_removed(studio):
    page = studio.page
    page.get_by_role("button", name="Subject", exact=True).click()
    options(page).filter(has_text="@tom").click()
    expect(page.locator("#id_prompt")).to_have_value("@tom ")
    expect(chip(page, "tom")).to_be_visible()
    # Its mention alone does not pick it again; the note offers both ways.
    page.locator("[data-drop=tom]").click()
    expect(page.locator("#mention-notes")).to_contain_text("@tom is removed, but still mentioned.")
    page.get_by_role("button", name="Pick it again").click()
    expect(chip(page, "tom")).to_be_visible()
    page.locator("#id_prompt").fill("nobody")
    expect(page.locator("#mention-notes")).to_contain_text("@tom is picked, but not mentioned.")
    page.get_by_role("button", name="Remove it").click()
    expect(chip(page, "tom")).to_have_count(0)
    expect(page.locator("#mention-notes")).to_be_empty()


def test_typed_whole_it_is_picked_and_an_unknown_one_names_the_nearest(studio):
    page = studio.page
    page.locator("#id_prompt").press_sequentially("@tom and @zoo walk")
    expect(chip(page, "tom")).to_be_visible()
    expect(page.locator("#mention-notes")).to_contain_text("There is no subject @zoo.")
    expect(page.locator(".mention.unknown")).to_have_text("@zoo")
    studio.check_accessibility()
    page.get_by_role("button", name="Use @zoe").click()
    expect(page.locator("#id_prompt")).to_have_value("@tom and @zoe walk")
    expect(chip(page, "zoe")).to_be_visible()


def test_too_many_pictures_ask_which_go(studio):
    page = studio.page
    page.locator("#id_prompt").press_sequentially("@kit @tom @zoe ")
    meter = page.locator("#subject-count")
    expect(meter).to_contain_text("9 of 7 pictures: too many")
    page.get_by_role("button", name="Pictures and voice of @zoe").click()
    studio.check_accessibility()
    menu = page.locator("#chip-zoe")
    for name in ("Picture 1", "Picture 3"):
        menu.get_by_label(name).uncheck()
    expect(meter).to_have_text("3 of 7 subjects, 7 of 7 pictures")
    page.keyboard.press("Escape")


def test_a_still_says_what_mentions_become(studio):
    page = studio.page
    page.locator("label", has_text="Stills").first.click()
    expect(page.locator("#sent-as")).to_be_attached()
    page.locator("#id_prompt").fill("")
    page.locator("#id_prompt").press_sequentially("@kim beside @kit in the rain")
    expect(page.locator("#sent-as")).to_have_text(
        "Sent as: image 1 beside images 2, 3 and 4 in the rain"
    )
    studio.check_accessibility()


def test_by_touch_on_a_phone(new_page, state):
    size = {"width": 390, "height": 844}
    watched = new_page(state, viewport=size, has_touch=True, is_mobile=True)
    page = watched.page
    watched.open(FAMILY)
    page.locator("#dock-open").tap()
    page.locator("#id_prompt").fill("")
    page.locator("#id_prompt").press_sequentially("@ki")
    expect(page.locator(".mention-new")).to_contain_text("“ki”")
    option = options(page).filter(has_text="@kim")
    assert option.bounding_box()["height"] >= 44
    option.tap()
    expect(page.locator("#id_prompt")).to_have_value("@kim ")
    expect(chip(page, "kim")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    watched.check_accessibility()


def test_the_library_finds_while_somebody_types(new_page, state):
    watched = new_page(state)
    page = watched.page
    watched.open("/subjects/")
    page.locator("#subject-q").press_sequentially("zo")
    expect(page.locator(".subject-card .open")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=zo"))
    page.get_by_text("Archived", exact=True).click()
    expect(page.get_by_text("Nothing is archived")).to_be_visible()
    watched.check_accessibility()
    page.go_back()
    expect(page.locator("#subject-q")).to_have_value("zo")


def test_pictures_on_the_last_card_begin_one(new_page, state, pictures):
    watched = new_page(state)
    page = watched.page
    watched.open("/subjects/")
    page.locator("[data-begins] [type=file]").set_input_files(pictures["rocket.jpg"])
    expect(page.get_by_role("heading", name="New subject")).to_be_visible()
    expect(page.locator(".shot")).to_have_count(1)
    page.locator("#id_title").press_sequentially("Kim")
    expect(page.locator("#id_handle")).to_have_value("kim_2")
    # A second one, of those used before.
    page.get_by_role("button", name="Recent").press("Enter")
    recent = page.get_by_role("dialog", name="Pick a picture")
    expect(recent.locator("[data-pick=image]").first).to_be_focused()
    recent.locator("[data-pick=image]").nth(1).press("Enter")
    expect(page.locator(".shot[data-kept]")).to_have_count(2)
    expect(page.get_by_role("button", name="Recent")).to_be_focused()
    watched.check_accessibility()


def test_a_page_and_its_change(new_page, state):
    watched = new_page(state)
    page = watched.page
    watched.open("/subjects/tom/")
    watched.check_accessibility()
    page.get_by_role("link", name="Change").click()
    page.locator("#id_title").fill("Thomas")
    watched.check_accessibility()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("2, in use")).to_be_visible()
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.get_by_role("heading", name="Tom @tom")).to_be_visible()
    page.get_by_role("button", name="More").click()
    watched.check_accessibility()


MANY = f"""
from django.utils import timezone
from generation.models import Subject, TaskSubject, User
from tests.factories import make_subject, make_task
owner = User.objects.create_superuser('ulf', 'ulf@example.com', '{PASSWORD}')
Subject.objects.bulk_create(
    Subject(owner=owner, handle=f'many{{n}}', title=f'Many {{n:02}}', visibility='private') for n in range(70))
one = make_subject(owner, 'uma', 1, visibility='private')
for n in range(30):
    task = make_task(owner, params={{'prompt': f'@uma {{n:02}}'}}, visibility='private')
    TaskSubject.objects.create(task=task, subject=one, handle='uma', title='Uma', position=0, made_at=task.created_at)
"""


def test_what_show_more_and_show_older_bring_takes_the_focus(new_page, chromium, stack):
    stack.shell(MANY)
    watched = new_page(log_in(chromium, stack, "ulf"))
    page = watched.page
    watched.open("/subjects/?whose=mine")
    expect(page.locator(".subject-card .open")).to_have_count(60)
    page.get_by_role("link", name="Show more").press("Enter")
    expect(page.locator(".subject-card .open")).to_have_count(71)
    expect(page.locator(".subject-card .open").nth(60)).to_be_focused()
    # Going back brings it again, where it was.
    last = page.locator(".subject-card .open").nth(66)
    last.scroll_into_view_if_needed()
    top = page.evaluate("document.scrollingElement.scrollTop")
    assert top > 1000
    last.click()
    expect(page).to_have_url(re.compile(r"/subjects/many\d+/"))
    page.go_back()
    expect(page.locator(".subject-card .open")).to_have_count(71)
    expect(last).to_be_focused()
    assert abs(page.evaluate("document.scrollingElement.scrollTop") - top) < 2
    watched.open("/subjects/uma/")
    expect(page.locator(".card .open")).to_have_count(24)
    page.get_by_role("link", name="Show older").press("Enter")
    expect(page.locator(".card .open")).to_have_count(30)
    expect(page.locator(".card .open").nth(24)).to_be_focused()
    page.reload()
    expect(page.locator(".card .open")).to_have_count(30)
    expect(page.locator(".card .open").nth(24)).to_be_focused()
