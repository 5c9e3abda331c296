"""Texts that were made before."""

from generation.presenters.latest import Latest


def test_only_the_latest_are_kept():
    kept, made = Latest(most=2), []
    for name in "abacab":
        assert kept.get(name, lambda name=name: made.append(name) or name) == name
    assert "".join(made) == "abcb"
