"""Sizes, shapes and refusals of images read the same for server and browser."""

import pytest

from generation.catalog import ImageLimits
from generation.media.wording import REFUSALS, ratio_text, refusal, sentences_for, size_text

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 KB"),
        (1, "1 KB"),
        (312 * 1024, "312 KB"),
        (50 * MB, "50 MB"),
        (50 * MB + 1, "50.1 MB"),
        (63_543_705, "60.6 MB"),
        (3 * 1024 * MB, "3.0 GB"),
    ],
)
def test_sizes_count_as_the_limits_do_and_are_rounded_up(size, text):
    assert size_text(size) == text


@pytest.mark.parametrize(("value", "text"), [(4, "4:1"), (0.25, "1:4"), (1.5, "1.5:1"), (1, "1:1")])
def test_ratios(value, text):
    assert ratio_text(value) == text


def test_a_browser_gets_every_sentence_and_fills_in_what_only_the_image_knows():
    limits = ImageLimits(min_side=128)
    figures = {"size": "60.6 MB", "width": 100, "height": 900, "ratio": "1:9"}
    sentences = sentences_for(limits)
    assert set(sentences) == set(REFUSALS)
    for fault, sentence in sentences.items():
        assert sentence.format(**figures) == refusal(fault, limits, **figures)
    assert "at least 128 × 128" in sentences["side"]
