import pytest

from generation.forms.keys import LimitForm


@pytest.mark.parametrize(("typed", "limit"), [("", None), ("0", 0), ("7", 7), ("10000", 10_000)])
def test_a_limit_may_be_empty_none_or_a_number(typed, limit):
    form = LimitForm({"max_in_flight": typed})
    assert form.is_valid()
    assert form.cleaned_data["max_in_flight"] == limit


@pytest.mark.parametrize("typed", ["-1", "10001", "1.5", "many"])
def test_other_limits_are_refused(typed):
    assert LimitForm({"max_in_flight": typed}).errors["max_in_flight"]
