"""A real Chromium against the real app, started the way `make run` starts it."""

import os
import re
import shutil
import time
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image as Picture
from PIL import ImageDraw
from playwright.sync_api import expect, sync_playwright

from tests.processes.stack import start_stack

from .composing import TURBO

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
RULES = {
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "dark": ["color-contrast", "link-in-text-block"],  # the page is the same, its colours are not
}
# What is well is neither described nor sent here, which would take a third longer.
VIOLATIONS = """async rules => {
    const {violations} = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
    return violations.map(found => [found.id, found.nodes.slice(0, 3).map(node => node.html.slice(0, 200))]);
}"""
PASSWORD = "a calm sea at dawn"


# The first is the same without a window to draw, in three quarters of the time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def chromium_path():
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, PROGRAMS)), None)


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def stack(tmp_path_factory):
    with start_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


def log_in(chromium, stack, name):
    """The cookies of somebody who has logged in as a person does."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{stack.url}/login/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(stack.url + "/")
    state = context.storage_state()
    context.close()
    return state


TOUCH = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# Words in a sentence have no size of their own, and the bars of a chart have a table beside them.
TOO_SMALL = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary, label:has(input)")]
    .filter(part => part.checkVisibility({opacityProperty: true, visibilityProperty: true}) || part.matches("label *"))
    .filter(part => !part.closest("svg, .skip, .sr, [type=hidden]") && !(part.matches("input") && part.closest("label")))
    .filter(part => getComputedStyle(part).display !== "inline" || part.parentElement.matches("th, td, li"))
    .map(part => {
        const box = part.getBoundingClientRect();
        const after = getComputedStyle(part, "::after");
        const grown = after.position === "absolute" ? [parseFloat(after.width) || 0, parseFloat(after.height) || 0] : [0, 0];
        return [part.id || part.className || part.textContent, Math.max(box.width, grown[0]), Math.max(box.height, grown[1])];
    })
    .filter(([, width, height]) => width && height && (width < 43.9 || height < 43.9))"""
SMALL_LETTERS = """() => [...document.querySelectorAll("select, textarea, input:not([type=radio], [type=checkbox], [type=range])")]
    .filter(part => part.checkVisibility() && parseFloat(getComputedStyle(part).fontSize) < 16).map(part => part.id || part.name)"""
FIXED = """() => [...document.querySelectorAll("body *")]
    .map(part => [part, getComputedStyle(part)])
    .filter(([, {position, top, bottom}]) => position === "fixed" || (position === "sticky" && (top !== "auto" || bottom !== "auto")))
    .map(([part]) => part)
    .filter(part => part.checkVisibility() && !part.closest("dialog, [popover], .skip"))
    .map(part => part.getBoundingClientRect().height)
    .reduce((sum, height) => sum + height, 0)"""
ROOM = {(320, 800): 120, (768, 1024): 120, (320, 256): 0}
"""How much fixed bars may take of which windows; the last is 1280 x 1024 at 400 % zoom."""


class Watched:
    """A page that remembers everything a person would call broken."""

    def __init__(self, context, base):
        self.context, self.base = context, base
        self.page = context.new_page()
        self.troubles = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        self.page.on("dialog", lambda dialog: self._dialog(dialog))

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.type}: {message.text}")

    def _dialog(self, dialog):
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, path):
        return self.page.goto(path if path.startswith("http") else self.base + path)

    def expect_trouble(self, pattern):
        """Takes an expected console line (such as the one of a 422) off the list."""
        for _ in range(50):
            if any(re.search(pattern, trouble) for trouble in self.troubles):
                break
            self.page.wait_for_timeout(100)  # the console speaks a little later than the page
        kept = [line for line in self.troubles if not re.search(pattern, line)]
        assert len(kept) < len(self.troubles), self.troubles
        self.troubles = kept

    def expect_no_answer(self, error):
        """A request that failed by this error of the network; htmx tells the console too, in lines of its own."""
        self.expect_trouble(error)
        told = re.compile("htmx:(sendError|afterRequest)|script: undefined")
        self.troubles = [line for line in self.troubles if not told.search(line)]

    def check_thumbs(self):
        """On a phone: nothing too small for a thumb, or that makes it zoom, and little that stays."""
        assert self.page.evaluate(TOO_SMALL) == [], self.page.url
        assert self.page.evaluate(SMALL_LETTERS) == [], self.page.url
        assert self.page.evaluate(FIXED) < 120, self.page.url

    def check_room(self):
        """Nothing lies outside to the right, and bars leave a low window to the page."""
        for (width, height), most in ROOM.items():
            self.page.set_viewport_size({"width": width, "height": height})
            over = self.page.evaluate(f"document.scrollingElement.scrollWidth - {width}")
            assert over <= 0, (width, self.page.url)
            assert self.page.evaluate(FIXED) <= most, (width, height, self.page.url)

    def check_accessibility(self):
        """No violation of WCAG 2.2 AA in either theme."""
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE_SCRIPT)
        for scheme, rules in RULES.items():
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = self.page.evaluate(VIOLATIONS, rules)
            assert found == [], (scheme, self.page.url)
        self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")


@pytest.fixture(scope="package")
def pictures(tmp_path_factory):
    """Real image files: two photographs' worth of gradients and shapes."""
    folder = tmp_path_factory.mktemp("pictures")
    paths = {}
    for name, size, hue in (
        ("rocket.jpg", (640, 427), 20),
        ("cup.png", (600, 400), 140),
        ("banner.png", (1000, 200), 80),
    ):
        image = Picture.new("RGB", size)
        draw = ImageDraw.Draw(image)
        for y in range(size[1]):
            draw.line([(0, y), (size[0], y)], fill=(hue, 60 + y % 120, 200 - y % 150))
        draw.ellipse([size[0] // 3, 80, size[0] // 2, 300], fill=(240, 230, 210))
        path = Path(folder / name)
        image.save(path)
        paths[name] = str(path)
    return paths


@pytest.fixture(scope="package")
def setup_link(stack):
    """The one-time link as the console shows it."""
    for _ in range(100):
        found = re.search(r"http://\S+/setup/\?token=\S+", stack.output)
        if found:
            return found[0]
        time.sleep(0.2)
    raise AssertionError(stack.output)


@pytest.fixture
def new_page(chromium, stack):
    """Makes watched pages; whatever they complained about fails the test at its end."""
    made = []

    def make(storage_state=None, **options):
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = chromium.new_context(storage_state=storage_state, **options)
        context.set_default_timeout(15_000)
        watched = Watched(context, stack.url)
        made.append(watched)
        return watched

    yield make
    troubles = [trouble for watched in made for trouble in watched.troubles]
    for watched in made:
        watched.context.close()
    assert troubles == []


MEMBERS = 40
MADE = """
from django.test import Client
from generation.models import User
first = User.objects.create_superuser("cleo0", "cleo0@example.com", "{password}")
members = [first, *(
    User.objects.create(
        username=f"cleo{{number}}", email=f"cleo{{number}}@example.com", password=first.password,
        is_staff=True, is_superuser=True,
    )
    for number in range(1, {count})
)]
for member in members:
    client = Client()
    client.force_login(member)
    print(client.cookies["sessionid"].value)
"""


@pytest.fixture(scope="package")
def members(stack):
    """Names and cookies of people who have no draft yet, one for each test."""
    sessions = stack.shell(MADE.format(password=PASSWORD, count=MEMBERS)).split()
    assert len(sessions) == MEMBERS
    return ((f"cleo{number}", logged_in(session)) for number, session in enumerate(sessions))


def logged_in(session):
    """The cookies of somebody with that session. How people get one is what others try."""
    place = {"domain": "127.0.0.1", "path": "/"}
    return {
        "cookies": [
            {"name": "sessionid", "value": session, "httpOnly": True, **place},
            {"name": "tz", "value": "UTC", **place},
        ]
    }


@pytest.fixture
def studio(new_page, members):
    _, state = next(members)

    def make(model=TURBO, **options):
        watched = new_page(state, **options)
        watched.open(f"/?model={model}")
        return watched

    return make
