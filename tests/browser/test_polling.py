"""What pages ask by themselves: seldom unseen, less and less of a server that fails, never over what is used."""

import json
import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD, log_in
from .films import MADE as FILMS

pytestmark = pytest.mark.browser

MADE = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from generation.lifecycle.transitions import Happened, record
from generation.models import ApiKey, Task, User, next_revision

owner = User.objects.create_superuser("paul", "paul@example.com", "{password}")
with transaction.atomic():
    revision = next_revision()
    task = Task.objects.create(
        owner=owner, key=ApiKey.objects.first(), key_label="Team", model="viduq2_turbo_img2video",
        state="queued", reason="busy", params={{"prompt": "A sea that waits"}},
        visibility="private", next_attempt_at=timezone.now() + timedelta(hours=3),
        revision=revision, born_revision=revision,
    )
    record(task.pk, "queued", Happened("waits", "The gateway is busy.", {{}}))
print(task.get_absolute_url())
"""
CANCELED = """
from uuid import UUID
from django.db import transaction
from generation.lifecycle.transitions import Happened, change
from generation.models import Task
with transaction.atomic():
    change(UUID("{pk}"), Task.State.QUEUED, to=Task.State.CANCELED, happened=Happened("canceled", "Canceled."))
"""
PAGES = {"engine": "/engine/", "gallery": "/tasks/", "studio": "/", "task": ""}
"""The page of a task has its address from the database."""

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""

PLAY = """part => {
    const film = Object.assign(document.createElement("video"), {id: "plays", muted: true});
    film.srcObject = document.createElement("canvas").captureStream();
    document.querySelector(part).append(film);
    film.play().catch(() => {});
}"""


@pytest.fixture(scope="module")
def waiting(stack):
    """The address of a task that waits for hours."""
    return stack.shell(MADE.format(password=PASSWORD)).strip()


@pytest.fixture(scope="module")
def logged_in(chromium, stack, waiting):
    return log_in(chromium, stack, "paul")


class Asking:
    """A page whose clock the test moves, and how often it asked by itself."""

    def __init__(self, watched, path):
        self.watched, self.page, self.asked = watched, watched.page, 0
        self.page.clock.install()
        watched.open(path)
        self.page.on("request", self._count)

    def _count(self, request):
        self.asked += request.headers.get("hx-request") == "true"

    def let_pass(self, seconds):
        """Second by second; real answers have time to come in between."""
        for _ in range(seconds):
            self.page.clock.run_for(1000)
            self.page.wait_for_timeout(60)

    def count(self, seconds):
        before = self.asked
        self.let_pass(seconds)
        return self.asked - before


@pytest.fixture
def opened(new_page, logged_in, waiting):
    def make(name):
        return Asking(new_page(logged_in), PAGES[name] or waiting)

    return make


@pytest.mark.parametrize("name", PAGES)
def test_a_hidden_tab_asks_every_half_minute_and_catches_up_at_once(opened, name):
    asking = opened(name)
    assert asking.count(25) >= 2
    asking.page.evaluate(HIDE, True)
    assert 1 <= asking.count(65) <= 3
    with asking.page.expect_request(lambda request: "hx-request" in request.headers) as asked:
        asking.page.evaluate(HIDE, False)
    # So it keeps no session of somebody who is away.
    assert asked.value.headers["x-by-itself"] == "1"


@pytest.mark.parametrize("name", PAGES)
def test_a_server_that_fails_is_asked_less_and_less_and_the_page_says_so(opened, name):
    asking = opened(name)
    banner = asking.page.locator("#connection")
    address = re.compile("/changes/|/engine/|/tasks/[0-9a-f-]{36}/")
    asking.page.route(address, lambda route: route.fulfill(status=503))
    asking.let_pass(60)
    expect(banner).to_have_text("Connection lost. Trying again…")
    assert 1 <= asking.count(90) <= 4
    expect(asking.page.locator(".toast")).to_have_count(0)
    asking.page.unroute(address)
    asking.let_pass(35)
    expect(banner).to_have_text("")
    assert asking.count(30) >= 2
    asking.watched.expect_trouble("503")


@pytest.mark.parametrize(("name", "part"), [("engine", "#figures"), ("task", "#under")])
def test_an_open_popover_and_marked_words_are_not_replaced(opened, name, part):
    asking = opened(name)
    # Each in one go: an answer that is on its way may replace the part in between.
    asking.page.evaluate(
        """part => {
            const asks = Object.assign(document.createElement("div"), {popover: "auto", id: "asks"});
            document.querySelector(part).append(asks);
            asks.showPopover();
        }""",
        part,
    )
    assert asking.count(15) >= 2
    expect(asking.page.locator("#asks")).to_be_visible()
    asking.page.evaluate("document.getElementById('asks').hidePopover()")
    asking.let_pass(10)
    expect(asking.page.locator("#asks")).to_have_count(0)
    asking.page.evaluate(
        """selector => {
            const part = document.querySelector(selector);
            part.dataset.old = "1";
            getSelection().selectAllChildren(part.querySelector("h2"));
        }""",
        part,
    )
    asking.let_pass(10)
    expect(asking.page.locator("[data-old]")).to_have_count(1)
    # Nor is a film that plays.
    asking.page.evaluate(PLAY, part)
    asking.page.evaluate("getSelection().removeAllRanges()")
    asking.let_pass(10)
    assert asking.page.locator("#plays").evaluate("film => !film.paused")
    asking.page.evaluate("document.getElementById('plays').pause()")
    asking.let_pass(10)
    expect(asking.page.locator("[data-old]")).to_have_count(0)


def test_the_end_of_a_task_comes_whole_is_said_aloud_and_is_the_last_answer(opened, stack, waiting):
    asking = opened("task")
    asking.page.evaluate("getSelection().selectAllChildren(document.querySelector('#under h2'))")
    stack.shell(CANCELED.format(pk=waiting.strip("/").split("/")[-1]))
    asking.let_pass(10)
    expect(asking.page.locator("#side")).not_to_contain_text("Canceled")
    asking.page.evaluate("getSelection().removeAllRanges()")
    asking.let_pass(10)
    expect(asking.page.locator("#side")).to_contain_text("Canceled")
    expect(asking.page.locator("#under")).to_contain_text("Canceled.")
    expect(asking.page.locator("#announcer")).to_have_text("Canceled")
    assert asking.count(20) == 0
    # What went well leaves by itself; what did not stays until somebody has dismissed it.
    asking.watched.open("/account/")
    page = asking.page
    page.locator("[data-profile] [type=submit]").click()
    news, problem = (
        page.get_by_role("status").locator(".toast"),
        page.get_by_role("alert").locator(".toast"),
    )
    expect(news).to_contain_text("Your profile is saved.")
    page.clock.run_for(5000)
    expect(news).to_be_visible()
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('page:problem', {detail: 'It went wrong.'}))"
    )
    page.clock.run_for(9000)
    expect(news).to_be_hidden()
    expect(problem).to_contain_text("It went wrong.")
    problem.locator("summary").click()
    expect(problem).to_be_hidden()


REVISED = """
from uuid import UUID
from django.db import transaction
from generation.models import Task, next_revision
with transaction.atomic():
    Task.objects.filter(pk__in=[UUID(one) for one in {pks}]).update(cost="{cost}", revision=next_revision())
"""


def test_the_gallery_changes_around_what_somebody_does(new_page, chromium, stack):
    """A film goes on, and focus, ticks and the place stay, while the tiles themselves are replaced."""
    made = json.loads(stack.shell(FILMS.format(name="pia", password=PASSWORD, count=12)))
    watched = new_page(log_in(chromium, stack, "pia"), viewport={"width": 1024, "height": 400})
    page = watched.page
    watched.open("/tasks/?whose=mine")
    tiles = {number: page.locator(f"#task-{made[number]}") for number in (0, 6, 7)}
    tiles[6].scroll_into_view_if_needed()
    tiles[7].locator(".pick").click()
    heart = tiles[7].locator(".like button")
    heart.focus()
    tiles[6].hover()
    film = tiles[6].locator("video")
    expect(film).to_have_count(1)
    page.wait_for_function("() => document.querySelector('.card video')?.currentTime > 0.2")
    for tile in tiles.values():
        tile.evaluate("one => one.dataset.old = 1")
    film.evaluate("one => one.dataset.same = 1")
    top = page.evaluate("scrollY")
    assert top > 0
    stack.shell(REVISED.format(pks=made, cost="0.77"))
    for number in (0, 7):
        expect(tiles[number]).to_contain_text("$0.77", timeout=15_000)
        expect(tiles[number]).not_to_have_attribute("data-old", "1")
    assert film.evaluate("one => one.dataset.same === '1' && !one.paused && one.currentTime > 0")
    expect(tiles[6]).not_to_contain_text("$0.77")
    expect(heart).to_be_focused()
    expect(tiles[7].locator(".pick input")).to_be_checked()
    assert page.evaluate("scrollY") == top
    page.mouse.move(2, 2)
    expect(tiles[6]).to_contain_text("$0.77")
    expect(film).to_have_count(0)
    expect(heart).to_be_focused()
    assert page.evaluate("scrollY") == top
