"""A real Chromium against the real app, started the way `make run` starts it."""

import os
import re
import shutil
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image as Picture
from PIL import ImageDraw
from playwright.sync_api import sync_playwright

from tests.processes.stack import start_stack

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "a calm sea at dawn"


def chromium_path():
    named = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return named or next(filter(None, found), None)


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
        kept = [line for line in self.troubles if not re.search(pattern, line)]
        assert len(kept) < len(self.troubles), self.troubles
        self.troubles = kept

    def check_accessibility(self):
        """No violation of WCAG 2.2 AA in either theme."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            options = {"runOnly": RULES}
            found = Axe().run(self.page, options=options).response["violations"]
            assert not found, [
                (scheme, self.page.url, v["id"], [n["html"][:200] for n in v["nodes"]][:3])
                for v in found
            ]
        self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")


@pytest.fixture(scope="package")
def pictures(tmp_path_factory):
    """Real image files: two photographs' worth of gradients and shapes."""
    folder = tmp_path_factory.mktemp("pictures")
    paths = {}
    for name, size, hue in (("rocket.jpg", (640, 427), 20), ("cup.png", (600, 400), 140)):
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
