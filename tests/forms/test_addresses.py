"""What is said of lines that shall be addresses."""

from generation.forms.addresses import MAX_LENGTH, address_problems

GOOD = "https://a.example/1.png"


def test_each_line_that_is_none_is_told_by_its_number_or_its_text():
    long = "https://a.example/" + "x" * MAX_LENGTH
    assert list(address_problems([GOOD, long, "nonsense"], 3)) == [
        f"Line 2 has {len(long):,} characters; at most {MAX_LENGTH:,} are taken.",
        "“nonsense” is no address that starts with http:// or https://.",
    ]


def test_of_too_many_only_their_number_is_wrong():
    assert not list(address_problems(["nonsense"] * 4, 3))
