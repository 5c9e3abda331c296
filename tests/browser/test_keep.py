"""What is kept, thrown away and handed on: by mouse, keyboard and touch."""

import json
import re
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, TOUCH, log_in

pytestmark = pytest.mark.browser

MADE = """
import json
from io import BytesIO
from datetime import timedelta
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image as Picture
from generation.models import Output, Task, User
from tests.factories import make_task

User.objects.create_user("piet", "piet@example.com", "{password}")
owner = User.objects.create_user("mila", "mila@example.com", "{password}")
made = []
for number in range(9):
    task = make_task(owner, visibility="private", params={{"prompt": f"Keep {{number}}", "seed": 7}},
        created_at=timezone.now() - timedelta(minutes=number), finished_at=timezone.now(), cost="0.08")
    buffer = BytesIO(); Picture.new("RGB", (640, 360), (40 + 20 * number, 80, 140)).save(buffer, "JPEG")
    output = Output(task=task, kind="image", state="stored", source_url="https://x.example/1", mime="image/jpeg",
        expires_at=timezone.now(), width=640, height=360, bytes=len(buffer.getvalue()), sha256=task.pk.hex * 2)
    for field, name in (("file", "f"), ("poster", "p")):
        getattr(output, field).save(f"{{task.pk}}-{{name}}.jpg", ContentFile(buffer.getvalue()), save=False)
    output.save()
    made.append(str(task.pk))
print(json.dumps(made))
"""


JOB = """
from generation.models import BulkJob, User
by = User.objects.get(username="mila")
print(BulkJob.objects.create(by=by, action="trash", query="whose=mine", total=900, seen=400, done=390).pk)
"""


@pytest.fixture(scope="module")
def made(stack):
    """The ids of mila's results, newest first."""
    return json.loads(stack.shell(MADE.format(password=PASSWORD)))


@pytest.fixture(scope="module")
def mila(chromium, stack, made):
    return log_in(chromium, stack, "mila")


def tile(page, number):
    return page.locator("article.card", has_text=f"Keep {number}")


def box(page, number):
    return tile(page, number).locator(".pick")


def ticked(page):
    return page.locator("article.card:has(.pick :checked) .say").all_text_contents()


def test_selected_by_mouse_and_keys_thrown_away_and_brought_back(mila, new_page):
    watched = new_page(mila)
    page, bar = watched.page, watched.page.locator("#selection")
    watched.open("/tasks/?whose=mine")
    expect(bar).to_be_hidden()
    tile(page, 0).hover()
    box(page, 0).click()
    box(page, 3).click(modifiers=["Shift"])
    assert len(ticked(page)) == 4
    tile(page, 2).click()  # anywhere on it, while something is selected
    expect(bar).to_contain_text("3 selected")
    watched.check_accessibility()
    tile(page, 5).locator(".open").focus()
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Space")
    expect(page.locator("#announcer")).to_have_text("6 selected")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.keyboard.press("Control+a")
    expect(bar).to_contain_text("9 selected")
    page.keyboard.press("Escape")

    box(page, 1).click()
    box(page, 2).click()
    page.get_by_role("button", name="Favourite", exact=True).last.click()
    expect(page.locator("article.card [aria-pressed=true]")).to_have_count(2)
    expect(bar).to_be_hidden()
    box(page, 1).click()
    box(page, 2).click()
    with page.expect_download() as came:
        bar.get_by_role("button", name="Download").click()
    with ZipFile(came.value.path()) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 3
    bar.get_by_role("button", name="Trash").click()
    expect(tile(page, 1)).to_have_count(0)
    expect(page.locator("article.card")).to_have_count(7)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("article.card")).to_have_count(9)

    box(page, 8).click()
    bar.get_by_role("button", name="Trash").click()
    expect(page.locator("article.card")).to_have_count(8)
    page.locator(".toast", has_text="moved to the trash").get_by_label("Dismiss").click()
    page.get_by_role("link", name="Trash").click()
    expect(page.get_by_role("checkbox", name="Select Keep 8")).to_be_visible()
    watched.check_accessibility()
    page.get_by_role("checkbox", name="Select Keep 8").check()
    page.get_by_role("button", name="Restore selected").click()
    expect(page.locator(".toast.success")).to_contain_text("1 result is back.")
    expect(page.locator(".empty")).to_contain_text("Nothing in the trash")


def test_what_is_restored_comes_back_to_its_place_on_other_pages(mila, new_page):
    here, there = new_page(mila), new_page(mila)
    here.open("/tasks/?whose=mine")
    there.open("/tasks/?whose=mine")
    before = there.page.locator("article.card .say").all_text_contents()
    for number in (0, 3, 4):
        box(here.page, number).click()
    here.page.locator("#selection").get_by_role("button", name="Trash").click()
    expect(there.page.locator("article.card")).to_have_count(len(before) - 3, timeout=20_000)
    fresh = new_page(mila)  # which has never shown them
    fresh.open("/tasks/?whose=mine")
    expect(fresh.page.locator("article.card")).to_have_count(len(before) - 3)
    tile(there.page, 5).locator(".open").focus()
    here.open("/trash/")
    for number in (0, 3, 4):
        here.page.get_by_role("checkbox", name=f"Select Keep {number}").check()
    here.page.get_by_role("button", name="Restore selected").click()
    for watched in (there, fresh):
        expect(watched.page.locator("article.card .say")).to_have_text(before, timeout=20_000)
    assert there.page.evaluate(
        "document.activeElement.closest('.card').textContent.includes('Keep 5')"
    )
    there.page.keyboard.press("Home")
    assert there.page.evaluate(
        "document.activeElement.closest('.card').textContent.includes('Keep 0')"
    )


OFF_CENTRE = """menu => {
  menu.hidePopover();
  menu.checkVisibility();  // without a look in between it was never away
  menu.showPopover();
  const appearing = menu.getAnimations();
  for (const one of appearing) Object.assign(one, {currentTime: 0});
  const {left, right} = menu.getBoundingClientRect();
  for (const one of appearing) one.finish();
  return [appearing.length, Math.abs((left + right - document.documentElement.clientWidth) / 2)];
}"""


def test_tagged_and_reviewed_together(mila, new_page):
    watched = new_page(mila)
    page, bar = watched.page, watched.page.locator("#selection")
    watched.open("/tasks/?whose=mine")
    box(page, 3).click()
    box(page, 4).click()
    bar.get_by_role("button", name="More").click()
    animations, off = page.locator("#selection-more").evaluate(OFF_CENTRE)
    assert off < 1
    assert animations == 1
    watched.check_accessibility()
    page.get_by_label("Tags, several between commas").fill("harbour, dawn")
    page.keyboard.press("Enter")
    expect(page.locator(".toast.success")).to_contain_text(
        "2 results are tagged “harbour”, “dawn”."
    )
    expect(bar).to_be_hidden()
    box(page, 3).click()
    expect(page.locator("#selection-tags")).to_have_value("")
    bar.get_by_role("button", name="More").click()
    watched.check_accessibility()
    bar.get_by_role("button", name="Needs work").click()
    expect(page.locator(".toast.success").last).to_contain_text("1 result is reviewed: needs work.")
    watched.open("/tasks/?whose=mine&tag=dawn&review=needs-work")
    expect(page.locator("article.card")).to_have_count(1)
    expect(tile(page, 3)).to_be_visible()


def test_selected_by_thumb_and_without_scripts(mila, chromium, stack, new_page):
    watched = new_page(mila, **TOUCH)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    expect(box(page, 0)).to_be_hidden()
    page.get_by_role("button", name="Select").tap()
    tile(page, 0).tap()
    tile(page, 4).tap()
    expect(page.locator("#selection-count")).to_have_text("2 selected")
    watched.check_thumbs()
    page.locator("#selection").get_by_role("button", name="More").tap()
    watched.check_thumbs()
    page.keyboard.press("Escape")
    watched.check_room()

    watched.open("/tasks/?whose=mine&before=2999-01-01")  # a page among others
    page.get_by_role("button", name="Select").tap()
    tile(page, 0).tap()
    page.get_by_label("Everything that matches").check()
    expect(page.locator("#selection-count")).to_have_text("All that match")
    watched.check_thumbs()
    watched.check_room()
    watched.check_accessibility()
    page.get_by_role("button", name="Favourite", exact=True).last.tap()
    expect(page.locator("#selection")).to_be_hidden()
    watched.open("/tasks/?favourite=1")
    expect(page.locator("article.card")).to_have_count(9)
    watched.open(f"/tasks/bulk/{stack.shell(JOB).strip()}/")
    expect(page.get_by_role("progressbar")).to_be_visible()
    watched.check_accessibility()
    watched.check_room()

    context = chromium.new_context(storage_state=mila, java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{stack.url}/tasks/?whose=mine")
    tile(plain, 6).locator(".pick").click()
    plain.get_by_role("button", name="Trash").click()
    expect(plain).to_have_url(re.compile(r"/tasks/\?whose=mine$"))
    expect(plain.locator("article.card")).to_have_count(8)
    plain.get_by_role("button", name="Undo").click()
    expect(plain.locator("article.card")).to_have_count(9)
    context.close()


def test_collected_put_in_order_and_shared_with_a_guest(mila, new_page):
    watched = new_page(mila)
    page = watched.page
    watched.open("/tasks/?whose=mine")
    for number in (0, 1, 2):
        box(page, number).click()
    page.get_by_role("button", name="Collect").click()
    page.get_by_label("New, or one of yours by its title").fill("Spring")
    page.keyboard.press("Enter")
    expect(page.locator(".toast.success")).to_contain_text("3 results added to “Spring”")
    page.get_by_role("link", name="Collections").click()
    page.get_by_role("link", name="Spring").click()
    titles = page.locator("#shelf .thing > p")
    expect(titles).to_have_text(["Keep 0", "Keep 1", "Keep 2"])
    page.get_by_role("link", name="Keep 0").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(titles).to_have_text(["Keep 1", "Keep 0", "Keep 2"])
    expect(page.locator("#announcer")).to_have_text("Moved to place 2 of 3.")
    expect(page.get_by_role("link", name="Keep 0")).to_be_focused()
    things = page.locator("#shelf .thing")
    things.nth(2).drag_to(things.nth(0))
    expect(titles).to_have_text(["Keep 2", "Keep 1", "Keep 0"])
    page.get_by_role("button", name="Move Keep 2 later").click()
    expect(titles).to_have_text(["Keep 1", "Keep 2", "Keep 0"])
    page.get_by_role("button", name="Take Keep 1 out").click()
    expect(titles).to_have_text(["Keep 2", "Keep 0"])
    expect(page.get_by_role("link", name="Keep 2")).to_be_focused()
    watched.check_accessibility()

    page.get_by_role("link", name="Share link").click()
    page.get_by_label("Password").fill("deep water")
    page.get_by_label("Guests may comment").check()
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#share-link").text_content()
    watched.check_accessibility()
    guest = new_page(**TOUCH)
    guest.open(link)
    expect(guest.page.get_by_label("Password")).to_be_focused()
    guest.page.keyboard.type("deep water")
    guest.page.get_by_role("button", name="Open").tap()
    expect(guest.page.locator("figure img")).to_have_count(2)
    guest.page.locator("summary").first.tap()
    guest.page.get_by_label("Your name").first.fill("Kim")
    guest.page.get_by_label("Comment", exact=True).first.fill("More light")
    guest.page.get_by_role("button", name="Send").first.tap()
    expect(guest.page.locator("#talk-1 blockquote")).to_contain_text("More light")
    expect(guest.page.get_by_role("status").first).to_contain_text("Your comment is sent.")
    guest.page.locator("#talk-1 summary").tap()
    guest.page.get_by_role("button", name="Send").first.tap()
    expect(guest.page.get_by_label("Your name").first).to_be_focused()
    guest.expect_trouble("422")
    guest.check_accessibility()
    guest.check_thumbs()
    assert "Keep 2" not in guest.page.content()
    page.get_by_role("button", name="End the link").click()
    expect(page.locator(".toast.success")).to_contain_text("The link is dead")
    guest.page.reload()
    guest.expect_trouble("404")
    expect(guest.page.locator("figure")).to_have_count(0)
