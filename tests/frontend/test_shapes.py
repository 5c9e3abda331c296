"""A tile has its picture's ratio, in steps that are classes, from before there is a picture."""

import re
from math import log

import pytest

from generation.models import Task
from generation.presenters import shapes
from generation.presenters.cards import Card
from tests.factories import make_output, make_task

from .pages import STATIC


def test_the_stylesheet_has_every_step():
    source = (STATIC / "css" / "shapes.css").read_text()
    found = {
        name: float(ratio) for name, ratio in re.findall(r"\.(r-\d+) \{ --ar: ([\d.]+); \}", source)
    }
    assert found == {shapes.css_class(step): pytest.approx(step, abs=1e-4) for step in shapes.STEPS}


@pytest.mark.parametrize("ratio", [0.4, 9 / 16, 0.7031, 1.0, 1.4988, 16 / 9, 2.39, 3.2])
def test_no_picture_loses_more_than_a_fiftieth_of_a_side(ratio):
    nearest = min(shapes.STEPS, key=lambda step: abs(log(step / ratio)))
    assert abs(log(nearest / ratio)) <= 0.031


def shape(task, user):
    return Card(Task.objects.for_cards().get(pk=task.pk), user).shape


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"aspect_ratio": "9:16"}, "r-56"),
        ({"aspect_ratio": "21:9"}, "r-233"),
        ({"aspect_ratio": "auto"}, "r-178"),
    ],
)
def test_what_was_asked_for_is_expected(alice, asked, expected):
    task = make_task(
        alice, "processing", model="viduq2_reference2image", params={"prompt": "x", **asked}
    )
    assert shape(task, alice) == expected


def test_a_result_about_as_expected_moves_nothing_and_another_has_its_own_shape(alice):
    task = make_task(alice, "completed")
    make_output(task)
    task.outputs.update(width=1280, height=704)
    assert shape(task, alice) == shape(make_task(alice, "processing"), alice) == "r-178"
    task.outputs.update(width=720, height=1280)
    assert shape(task, alice) == "r-56"
