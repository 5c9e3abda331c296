import pytest

from generation.forms.slots import as_text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (False, ""), (True, "on"), (0, "0"), (1, "1"), ("", ""), ("16:9", "16:9")],
)
def test_a_value_as_it_stands_in_a_field(value, text):
    assert as_text(value) == text
