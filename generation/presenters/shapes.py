"""The shape of a tile: width by height, in steps, each a class of static/css/shapes.css.

Inline styles are forbidden, so a ratio comes as a class. Steps of four hundredths crop nothing that
anybody would miss.
"""

from functools import lru_cache
from math import exp, log

from generation.catalog import effective
from generation.models import Output, Task

USUAL = (9 / 16, 2 / 3, 3 / 4, 4 / 5, 1.0, 5 / 4, 4 / 3, 3 / 2, 16 / 9, 2.0, 7 / 3, 2.39)
"""Ratios that films and pictures have; these are met exactly."""

NARROWEST, WIDEST = 0.4, 3.2
STEP = 0.04
"""Of a logarithm, between the other steps."""

CLOSE = 0.045
"""A result so near to what was expected keeps the tile's shape, so that nothing moves."""

STANDARD = 16 / 9


def _steps() -> tuple[float, ...]:
    count = round(log(WIDEST / NARROWEST) / STEP)
    between = (NARROWEST * exp(STEP * number) for number in range(count + 1))
    others = (one for one in between if all(abs(log(one / usual)) > STEP / 2 for usual in USUAL))
    return tuple(sorted((*USUAL, *others)))


STEPS = _steps()


@lru_cache(maxsize=1024)
def css_class(ratio: float) -> str:
    nearest = min(STEPS, key=lambda step: abs(log(step / ratio)))
    return f"r-{round(nearest * 100)}"


def ratio_of(text: str) -> float | None:
    width, _, height = text.partition(":")
    try:
        return float(width) / float(height)
    except (ValueError, ZeroDivisionError):
        return None


def expected_ratio(task: Task) -> float:
    values = effective(task.spec, task.params) if task.spec else task.params
    asked = ratio_of(str(values.get("aspect_ratio", "")))
    if asked:
        return _within(asked)
    for given in task.images.all():
        if given.image and given.image.width and given.image.height:
            return _within(given.image.width / given.image.height)
    return STANDARD


def shown_ratio(task: Task, output: Output | None) -> float:
    expected = expected_ratio(task)
    if output is None or not output.width or not output.height:
        return expected
    own = _within(output.width / output.height)
    return expected if abs(log(own / expected)) <= CLOSE else own


def _within(ratio: float) -> float:
    return min(max(ratio, NARROWEST), WIDEST)
