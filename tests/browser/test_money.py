"""Pages of tasks that went wrong, and of pictures, as a browser lays them out."""

import json
import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, log_in

pytestmark = pytest.mark.browser

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}

MADE = """
import json
from datetime import timedelta
from io import BytesIO
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image
from generation.lifecycle.transitions import Happened, record
from generation.models import ApiKey, Output, Task, User, next_revision

now = timezone.now()
owner = User.objects.create_user("nora", "nora@example.com", "{password}", is_staff=True)
key = ApiKey.objects.first()
URL = "https://storage.example.com/" + "results/" * 9 + "clip.mp4?X-Signature=" + "5f0c9d" * 60
SENT = dict(sent_at=now, attempts=1)
TAKEN = dict(SENT, accepted_at=now)


def picture(width, height):
    file = BytesIO()
    Image.radial_gradient("L").resize((width, height)).convert("RGB").save(file, "WEBP")
    return ContentFile(file.getvalue(), "p.webp")


def make(name, state, happened, **fields):
    with transaction.atomic():
        revision = next_revision()
        task = Task.objects.create(
            owner=owner, key=key, key_label="Team", model="viduq2_turbo_img2video", state=state,
            params={{"prompt": f"A calm sea, {{name}}"}}, visibility="team", estimate="0.2",
            revision=revision, born_revision=revision, **fields,
        )
        record(task.pk, state, happened)
    return task


def output(task, state, **fields):
    return Output.objects.create(
        task=task, kind="video", state=state, source_url=URL,
        next_attempt_at=now + timedelta(minutes=30), **fields,
    )


said = Happened("at-risk", "Could not save the result.", {{"request_id": "r-1"}})
waits = Happened("waits", "The gateway is busy.", {{"request_id": "r-2", "http": 429}})
ended = dict(finished_at=now)
tasks = dict(
    unsaved=make("unsaved", "archiving", said, reason="at-risk", remote_id="u", cost="0.2", **TAKEN),
    gone=make("gone", "archiving", said, reason="at-risk", remote_id="g", cost="0.2", **TAKEN),
    uncertain=make("uncertain", "uncertain", said, reason="no-answer", **SENT),
    gaveup=make("given up", "failed", said, reason="gave-up", **SENT, **ended),
    failed=make(
        "failed", "failed", said, reason="generation", remote_id="f", error_code="110001",
        error_message="input may contain sensitive information", **TAKEN, **ended,
    ),
    lost=make("lost", "lost", said, reason="expired", remote_id="l", **TAKEN, **ended),
    waiting=make(
        "waiting", "queued", waits, reason="busy", next_attempt_at=now + timedelta(minutes=9)
    ),
    done=make("done", "completed", said, remote_id="d", **TAKEN, **ended),
)
far = dict(expires_at=now + timedelta(hours=23), last_error="the server did not answer in time")
gone = dict(expires_at=now, last_error="storage.example.com is no longer there (HTTP 404)")
output(tasks["unsaved"], "pending", **far)
output(tasks["gone"], "pending", **gone)
output(tasks["lost"], "lost", **gone)
done = output(
    tasks["done"], "stored", expires_at=now, mime="video/mp4", width=1280, height=720,
    duration=5.0, bytes=9, sha256="ab" * 32,
)
done.file.save("done.mp4", ContentFile(b"not a film"), save=False)
done.poster.save("done-p.webp", picture(640, 360))
print(json.dumps({{name: task.get_absolute_url() for name, task in tasks.items()}}))
"""


@pytest.fixture(scope="module")
def tasks(stack):
    """The addresses of tasks of an admin called nora, in states that the sandbox does not make."""
    return json.loads(stack.shell(MADE.format(password=PASSWORD)))


@pytest.fixture(scope="module")
def logged_in(chromium, stack, tasks):
    """The cookies of nora."""
    return log_in(chromium, stack, "nora")


@pytest.fixture(params=SIZES, ids=str)
def watched(request, new_page, logged_in):
    width, height = SIZES[request.param]
    return new_page(logged_in, viewport={"width": width, "height": height})


@pytest.fixture
def task_page(watched, tasks):
    """Opens the page of that task; its words; it fits the window."""

    def opened(name):
        watched.open(tasks[name])
        assert sideways(watched.page) == 0
        return words_of(watched.page.locator("#main"))

    return opened


def sideways(page):
    """How many pixels the page is wider than its window."""
    return page.evaluate("document.scrollingElement.scrollWidth - innerWidth")


def words_of(place):
    return " ".join(place.inner_text().split())


def test_a_prompt_that_is_too_long_leaves_the_page_to_the_mouse(watched):
    page = watched.page
    watched.open("/")
    on_phone = not page.locator("#id_prompt").is_visible()
    if on_phone:  # the composer is a sheet
        page.locator("#dock-open").click()
    page.locator("#id_prompt").fill("x" * 2001)
    figures = page.locator("[data-counts=id_prompt]")
    expect(figures).to_have_text("2001 / 2000 · 1 too many")
    assert figures.evaluate("figures => getComputedStyle(figures).position") == "static"
    page.locator("#id_prompt").click()
    expect(page.locator("#id_prompt")).to_be_focused()
    if on_phone:
        page.keyboard.press("Escape")
    page.get_by_role("link", name="Gallery").first.click()
    expect(page).to_have_url(re.compile("/tasks/$"))


def test_a_picture_has_as_many_pixels_as_it_shows(watched, tasks):
    page = watched.page
    watched.open("/tasks/")
    picture = page.locator("article", has_text="A calm sea, done").locator("img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_be_visible()
    page.wait_for_function("image => image.complete", arg=picture.element_handle())
    natural, shown = picture.evaluate("image => [image.naturalWidth, image.clientWidth]")
    assert 100 < shown <= natural


def test_an_unsaved_result_says_one_thing(watched, task_page):
    page = watched.page
    told = task_page("unsaved")
    assert "Not safe yet" in told
    assert "The last try: the server did not answer in time." in told
    assert re.search(r"The next one is in (2\d|30) min", told)
    assert re.search(r"Its address should work for another 2[23] h", told)
    for other in ("being saved", "safe for", "is ready", "no longer", "was good"):
        assert other not in told
    expect(page.locator("#task-state a")).to_contain_text("https://storage.example.com/results/")
    watched.check_accessibility()
    watched.open("/tasks/")
    card = words_of(page.locator("article", has_text="A calm sea, unsaved"))
    assert re.search(r"Not safe yet .*2[23] h \d\d min left to save it", card)
    assert "afe for" not in card


def test_a_result_whose_address_is_dead_counts_no_hours(watched, task_page):
    page = watched.page
    told = task_page("gone")
    assert "Not safe yet" in told
    assert "is no longer there (HTTP 404)" in told
    assert "Its address was good until" in told
    for other in ("being saved", "safe for", "should work", "save it yourself"):
        assert other not in told
    watched.open("/tasks/")
    card = words_of(page.locator("article", has_text="A calm sea, gone"))
    assert "Not safe yet" in card
    assert "left to save" not in card
    watched.open("/engine/")
    expect(page.locator(".cases li", has_text="A calm sea, gone")).to_contain_text("no time left")


@pytest.mark.parametrize("name", ["uncertain", "gaveup", "failed", "lost"])
def test_nobody_is_told_that_nothing_was_charged(watched, task_page, name):
    told = task_page(name)
    assert told.count("It is not known whether it was charged.") == 1
    assert "Not charged" not in told
    watched.check_accessibility()


def test_the_facts_for_support_stay_unfolded_while_the_page_follows(watched, task_page):
    page = watched.page
    task_page("waiting")
    support = page.locator("#support")
    expect(support.get_by_text("r-2")).to_be_hidden()
    support.locator("summary").click()
    expect(support.get_by_text("r-2")).to_be_visible()
    page.evaluate("document.querySelector('.under').dataset.old = '1'")
    expect(page.locator(".under[data-old]")).to_have_count(0, timeout=10_000)
    expect(support.get_by_text("r-2")).to_be_visible()
    assert sideways(page) == 0
