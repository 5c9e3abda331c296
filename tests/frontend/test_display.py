"""How amounts, sizes, times and prompts are written."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from generation.templatetags import display


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("0.2"), "$0.20"),
        (Decimal("0.035"), "$0.04"),
        (Decimal("0.525"), "$0.53"),
        (Decimal("0.004"), "$0.004"),
        (Decimal("12"), "$12.00"),
        (Decimal("1234.5"), "$1,234.50"),
        (Decimal("0"), "$0.00"),
        (Decimal("0.200000"), "$0.20"),
        (None, ""),
    ],
)
def test_money_is_whole_cents_and_less_only_below_one(amount, text):
    assert display.money(amount) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 KB"), (999, "1 KB"), (112_525, "110 KB"), (3_100_000, "3 MB"), (52_428_800, "50 MB")],
)
def test_sizes(count, text):
    assert display.filesize(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (5.04, "0:05"), (75, "1:15"), (3729, "1:02:09")]
)
def test_lengths_as_players_show_them(seconds, text):
    assert display.clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (14.9, "14 s"), (125, "2 min 05 s"), (4320, "1 h 12 min"), (273_600, "3 d 4 h")],
)
def test_spans_have_two_units(seconds, text):
    assert display.span(seconds) == text


def test_elapsed_and_remaining_count_from_now():
    now = timezone.now()
    assert display.elapsed(now - timedelta(seconds=14.5)) == "14 s"
    assert display.remaining(now - timedelta(seconds=1)) == "0 s"
    assert display.elapsed(None) == display.remaining(None) == ""


def test_took_is_a_span():
    assert display.took(timedelta(minutes=2, seconds=5)) == "2 min 05 s"


def test_mentions_are_marked():
    assert (
        display.mentions("@anna, meet @rex_2 at x@anna.org")
        == "<mark>@anna</mark>, meet <mark>@rex_2</mark> at x@anna.org"
    )


def test_markup_in_a_prompt_stays_text():
    html = display.mentions('<img src=x onerror=alert(1)> "@anna"')
    assert "<img" not in html
    assert "<mark>@anna</mark>" in html
