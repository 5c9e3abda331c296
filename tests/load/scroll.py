"""`make bench`, part `--scroll`: two thousand tiles of the gallery in a real Chromium, by the wheel.

All are brought by the page's own "Show older". Which frames were shown, and which were missed so that
it is seen, Chromium says itself. One may be missed because of what else the machine does, be it only that
pictures are decoded and drawn by its processor; so the processor time of the page's own tasks is told too.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from generation.supervisor.reaper import ROOT
from tests.browser.conftest import FLAGS, chromium_path
from tests.load.history import LOGIN
from tests.processes.stack import Stack, start_stack

TILES = 2000
TASKS, USERS, DAYS = 3000, 3, 20
WINDOW = {"width": 1440, "height": 900}
NOTCHES, PAUSE = (120, 240), 0.08
"""Pixels of a turn of the wheel, and seconds to the next: 1,500 pixels a second, and twice that in haste."""

LATE = 50.0
"""Milliseconds above which a frame stands too long, or a task takes too long."""

TRACED = [
    "toplevel",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
]
OLDER = """() => new Promise((done) => {
  const look = ({detail}) => {
    if (detail.requestConfig?.elt.id !== "older-link") return;
    document.removeEventListener("htmx:afterSettle", look);
    requestAnimationFrame(() => done());
  };
  document.addEventListener("htmx:afterSettle", look);
  document.getElementById("older-link").click();
})"""
COUNT = "document.querySelectorAll('#cards article.card').length"
TOP = "Math.round(document.scrollingElement.scrollTop)"
END = "document.scrollingElement.scrollHeight - innerHeight"


def run(tiles: int = TILES) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="viduweb-scroll-") as name,
        start_stack(Path(name), DJANGO_SETTINGS_MODULE="tests.load.settings") as stack,
        opened(stack) as (browser, page),
    ):
        metrics = page.context.new_cdp_session(page)
        metrics.send("Performance.enable")
        first = memory(metrics)
        brought = [bring(page) for _ in range(1000) if page.evaluate(COUNT) < tiles]
        print(f"\n{page.evaluate(COUNT)} tiles of the gallery in {WINDOW['width']} pixels")
        print(f"  the last page of them was there after {brought[-1]:.0f} ms")
        loaded = memory(metrics)
        for notch in NOTCHES:
            print(f"  {notch / PAUSE:,.0f} pixels a second")
            tell("down", *scroll(browser, page, notch))
            tell("up again", *scroll(browser, page, -notch))
        for when, found in (("60 tiles", first), ("all tiles", loaded), ("after", memory(metrics))):
            print(f"  {when:12}{found[0] / 1e6:8.1f} MB of JS heap {found[1]:9,.0f} DOM nodes")


@contextmanager
def opened(stack: Stack) -> Iterator[tuple[Browser, Page]]:
    """The gallery with a history behind it, as one of its members sees it."""
    history = ("--tasks", str(TASKS), "--users", str(USERS), "--days", str(DAYS))
    subprocess.run(
        (sys.executable, "manage.py", "fake_history", *history),
        cwd=ROOT,
        env=stack.env,
        check=True,
        capture_output=True,
    )
    session = json.loads(stack.shell(LOGIN))["ours"]
    with sync_playwright() as playwright:
        # What is drawn goes through shared memory, which lies on a disk unless it may be where it belongs.
        roomy = shutil.disk_usage("/dev/shm").free > 1e9
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=FLAGS,
            ignore_default_args=["--disable-dev-shm-usage"] if roomy else None,
        )
        context = browser.new_context(viewport=WINDOW)
        context.add_cookies([{"name": "sessionid", "value": session, "url": stack.url}])
        page = context.new_page()
        page.goto(f"{stack.url}/tasks/", wait_until="networkidle")
        yield browser, page
        browser.close()


def bring(page: Page) -> float:
    """Milliseconds from the press until sixty more stand there."""
    began = time.monotonic()
    page.evaluate(OLDER)
    return (time.monotonic() - began) * 1000


def scroll(browser: Browser, page: Page, by: int) -> tuple[list[float], list[float]]:
    """Turns the wheel until nothing moves: how long frames were shown, and the main thread's tasks."""
    page.mouse.move(WINDOW["width"] / 2, WINDOW["height"] / 2)
    browser.start_tracing(page=page, categories=TRACED)
    turn, top = 0, -1
    while turn % 25 or top != (top := page.evaluate(TOP)):
        began = time.monotonic()
        page.mouse.wheel(0, by)
        turn += 1
        time.sleep(max(0.0, began + PAUSE - time.monotonic()))
    assert (top == 0) if by < 0 else (top >= page.evaluate(END) - 1), top
    events = json.loads(browser.stop_tracing())["traceEvents"]
    return frames(events), tasks(events)


def frames(events: list[dict[str, Any]]) -> list[float]:
    """Milliseconds until each frame gave way to the next one, of those in which something moved.

    Chromium reports on each one that was due: shown, not wanted, or dropped, and whether that is seen.
    """
    reports: dict[int, list[tuple[float, str]]] = {}
    for one in events:
        if one["name"] == "PipelineReporter" and one["ph"] == "b":
            said = one["args"]["frame_reporter"]
            seen = "missed" if said["affects_smoothness"] else said["state"]
            reports.setdefault(said["frame_sequence"], []).append((one["ts"], seen))
    found, last, between = [], None, set()
    for number in sorted(reports):
        at = min(when for when, _ in reports[number])
        states = {state for _, state in reports[number]}
        if not any(state.startswith("STATE_PRESENTED") for state in states):
            between |= states
            continue
        if last is not None and (not between or "missed" in between):
            found.append((at - last) / 1000)
        last, between = at, set()
    return found


def tasks(events: list[dict[str, Any]]) -> list[float]:
    """Milliseconds of processor time of each task of the page's main thread."""
    named = [one for one in events if one["name"] == "thread_name"]
    mains = {(one["pid"], one["tid"]) for one in named if one["args"]["name"] == "CrRendererMain"}
    return [
        one.get("tdur", 0) / 1000
        for one in events
        if one["name"] == "RunTask" and (one["pid"], one["tid"]) in mains
    ]


def memory(session: CDPSession) -> tuple[float, float]:
    """Bytes of JS heap in use once all rubbish is gone, and DOM nodes."""
    session.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return found["JSHeapUsedSize"], found["Nodes"]


def tell(way: str, gaps: list[float], work: list[float]) -> None:
    assert work, "the trace names no tasks"
    assert gaps, "the trace names no frames"
    cuts = quantiles(gaps, n=20)
    late, long = (sum(one > LATE for one in ones) for ones in (gaps, work))
    print(
        f"  {way:12}{len(gaps):6} frames, p50 {cuts[9]:.1f}, p95 {cuts[-1]:.1f}, worst {max(gaps):.0f} ms,"
        f" {late} over {LATE:.0f} ms\n"
        f"{'':14}CPU of the page {sum(work) / 1000:.1f} s in {sum(gaps) / 1000:.0f} s,"
        f" longest task {max(work):.0f} ms, {long} over {LATE:.0f} ms"
    )
