"""Tiles are drawn by another engine than pages: what must be the same is."""

from uuid import uuid4

import pytest
from django.template import engines
from django.urls import reverse
from jinja2 import UndefinedError

from generation.presenters.addresses import address


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("task", (uuid4(),)),
        ("output-picture", (uuid4(), 640, "0123456789abcdef")),
        ("usage-settle", (uuid4(),)),
    ],
)
def test_addresses_are_those_of_django(name, arguments):
    for _ in range(2):
        assert address(name, *arguments) == reverse(name, args=arguments)


def test_markup_is_escaped():
    drawn = engines["jinja2"].from_string("{{ said }} {{ said|mentions }}")
    assert drawn.render({"said": "<b>@rex"}) == "&lt;b&gt;@rex &lt;b&gt;<mark>@rex</mark>"


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(UndefinedError, match="'said' is undefined"):
        engines["jinja2"].from_string("{{ said }}").render({})


def test_the_web_server_loads_them_beside_all_others():
    from viduweb import wsgi

    wsgi.load_everything()
