"""Names as long as they may be, on narrow windows; what would lie over something else, does not."""

import json

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, TOUCH, log_in

pytestmark = pytest.mark.browser

LONG = "m" * 32
MADE = f"""
import json
from io import BytesIO
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image as Picture
from generation.models import Collection, CollectionItem, Output, TaskImage, TaskSubject, User
from tests.factories import make_subject, make_task

owner = User.objects.create_superuser("lena", "lena@example.com", "{PASSWORD}")
subjects = [make_subject(owner, handle, images=3) for handle in ("{LONG}", "{LONG[:-1]}n", "chelsea")]
shelf, made = Collection.objects.create(owner=owner, title="{LONG}"), []
for number, (duration, resolution) in enumerate([(5, "720p"), (1, "1080p"), (3, "720p"), (2, "1080p")]):
    params = {{"prompt": f"Look, @{LONG} {{number}}", "duration": duration, "resolution": resolution}}
    task = make_task(owner, params=params, visibility="private", finished_at=timezone.now(), cost="0.08")
    buffer = BytesIO(); Picture.new("RGB", (640, 360), (40 * number, 80, 140)).save(buffer, "JPEG")
    output = Output(task=task, kind="image", state="stored", source_url="https://x.example/1", mime="image/jpeg",
        expires_at=timezone.now(), width=640, height=360, bytes=len(buffer.getvalue()), sha256=task.pk.hex * 2)
    for field in ("file", "poster"):
        getattr(output, field).save(f"{{task.pk}}-{{field}}.jpg", ContentFile(buffer.getvalue()), save=False)
    output.save()
    CollectionItem.objects.create(collection=shelf, task=task, position=number)
    made.append(str(task.pk))
for position, subject in enumerate(subjects):
    into = TaskSubject.objects.create(
        task_id=made[0], subject=subject, handle=subject.handle, title=subject.title, position=position
    )
    for place, given in enumerate(subject.images.all()):
        TaskImage.objects.create(task_id=made[0], subject=into, image=given.image, position=place)
print(json.dumps({{"tasks": made, "shelf": str(shelf.pk)}}))
"""
OUTSIDE = """selector => [...document.querySelectorAll(selector)].flatMap((whole) => [...whole.querySelectorAll("*")]
    .filter((part) => part.checkVisibility() && !part.closest(".sr") && !part.parentElement.closest(".clip"))
    .filter((part) => part.getBoundingClientRect().right > whole.getBoundingClientRect().right + 1)
    .map((part) => part.outerHTML.slice(0, 60)))"""
"""What stands out of them to the right, unless it is cut off on purpose."""

SPLIT = """selector => [...document.querySelectorAll(selector)].filter((part) => {
    const range = document.createRange();
    range.selectNodeContents(part);
    return /^\\S+$/.test(part.textContent.trim()) && new Set([...range.getClientRects()].map((box) => box.top)).size > 1;
}).map((part) => part.textContent.trim())"""
"""Which of them are one word on several lines."""


@pytest.fixture(scope="module")
def made(stack):
    return json.loads(stack.shell(MADE))


@pytest.fixture(scope="module")
def lena(chromium, stack, made):
    return log_in(chromium, stack, "lena")


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_is_pushed_out_of_its_page(new_page, lena, made, width):
    watched = new_page(lena, viewport={"width": width, "height": 800})
    page = watched.page
    compared = "&".join(f"tasks={task}" for task in made["tasks"])
    for path in (
        "/subjects/",
        f"/subjects/{LONG}/",
        f"/tasks/{made['tasks'][0]}/",
        f"/tasks/compare/?{compared}",
        f"/collections/{made['shelf']}/",
    ):
        watched.open(path)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width, path
        wholes = ".subject-card, .inputs li, .pane, .steps-of, .subject-head, .alike"
        assert page.evaluate(OUTSIDE, wholes) == [], path
    watched.open(f"/tasks/compare/?{compared}")
    assert page.evaluate(SPLIT, ".compare-table :is(th:not(:has(.sr)), td)") == []


@pytest.mark.parametrize("width", [320, 1440])
def test_a_picked_subject_stays_in_the_box(new_page, lena, width):
    watched = new_page(lena, viewport={"width": width, "height": 800})
    page = watched.page
    watched.open("/?family=reference2video")
    if width < 400:
        page.locator("#dock-open").click()
    page.locator("#id_prompt").fill("")
    page.locator("#id_prompt").press_sequentially(f"@{LONG} ")
    expect(page.locator(".subject-chip")).to_have_count(1)
    page.locator("#id_prompt").fill("Nobody")
    expect(page.locator("#mention-notes")).to_contain_text("not mentioned")
    box = page.locator("#box").bounding_box()
    for part in (".subject-chip", ".chip-drop", "#mention-notes p"):
        found = page.locator(part).first.bounding_box()
        assert found["x"] + found["width"] <= box["x"] + box["width"], part
    notes = "part => part.scrollWidth - part.clientWidth"
    assert page.locator("#mention-notes").evaluate(notes) <= 0
    page.locator(".chip-drop").click()


def test_the_selection_bar_is_whole_and_nothing_lies_over_it(new_page, lena):
    watched = new_page(lena, **TOUCH | {"viewport": {"width": 320, "height": 640}})
    page = watched.page
    for query in ("?whose=mine", "?whose=mine&before=2999-01-01"):
        watched.open(f"/tasks/{query}")
        page.get_by_role("button", name="Select").tap()
        page.locator("article.card").first.tap()
        said = (
            "part => part.textContent = 'No connection to the server. Nothing is lost; try again.'"
        )
        page.locator("#connection").evaluate(said)
        notice, bar = (page.locator(part).bounding_box() for part in ("#connection", "#selection"))
        assert notice["y"] + notice["height"] <= bar["y"]
        for button in page.locator(".selection-bar button").all():
            place = button.bounding_box()
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= 320
        page.locator("#selection-none").tap()
        expect(page.locator("#selection")).to_be_hidden()


def test_what_is_empty_is_not_drawn(new_page, lena):
    watched = new_page(lena)
    watched.open("/?model=viduq2_reference2image")
    expect(watched.page.locator("#field-images .aside")).to_be_hidden()
    shadow = "part => getComputedStyle(part).boxShadow"
    assert watched.page.locator("#connection").evaluate(shadow) == "none"


def test_by_tab_as_by_eye(new_page, lena):
    """The buttons over the place for an image come in the order in which they stand."""
    for options in ({}, TOUCH):
        watched = new_page(lena, **options)
        page = watched.page
        watched.open("/?model=viduq2_turbo_img2video")
        if options:
            page.locator("#dock-open").tap()
        buttons = "#field-images :is([data-library], [data-camera], #addresses > summary)"
        expect(page.locator(buttons).first).to_be_visible()
        stand = page.locator(buttons).evaluate_all(
            "found => found.filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect().left)"
        )
        assert stand == sorted(stand)
        assert len(stand) == (3 if options else 2)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("viduq2_turbo_img2video", ["rocket.jpg"]),
        ("viduq2_reference2image", ["rocket.jpg", "cup.png"]),
    ],
)
def test_without_scripts_no_field_covers_another(new_page, lena, pictures, model, names):
    page = new_page(lena)
    page.open(f"/?model={model}")
    with page.page.expect_response(lambda answer: "/drafts/" in answer.url):
        page.page.locator("#id_images").set_input_files([pictures[name] for name in names])
        expect(page.page.locator("#field-images .shot[data-kept]")).to_have_count(len(names))
    plain = new_page(lena, java_script_enabled=False)
    plain.open(f"/?model={model}")
    expect(plain.page.locator("#field-images .shot")).to_have_count(len(names))
    parts = ".shot label, .shot-text > .muted, .drop, #addresses > summary"
    found = plain.page.locator(f"#field-images :is({parts})").evaluate_all(
        "parts => parts.filter((part) => part.checkVisibility()).map((part) => part.getBoundingClientRect())"
    )
    assert len(found) >= 3
    for at, one in enumerate(found):
        for other in found[at + 1 :]:
            across = min(one["right"], other["right"]) - max(one["left"], other["left"])
            down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
            assert across <= 1 or down <= 1, (one, other)
