"""What was made before."""

from generation.latest import Latest


def test_only_the_latest_are_kept():
    kept, made = Latest[str](most=2), []
    for name in "abacab":
        if kept.get(name) is None:
            made.append(name)
            kept.put(name, name)
        assert kept.get(name) == name
    assert "".join(made) == "abcb"


def test_what_was_asked_for_last_stays_and_can_be_replaced():
    kept = Latest[int](most=2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert [kept.get(name) for name in "abc"] == [1, None, 3]
    kept.put("a", 4)
    assert [kept.get(name) for name in "ac"] == [4, 3]
