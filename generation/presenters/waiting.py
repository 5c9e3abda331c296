"""What a card says while one waits: its place in the line and why, and how long it still takes."""

from generation.scheduling.queue_position import QueuePosition


def in_line(place: QueuePosition | None) -> str:
    if place is None:
        return "In line"
    return "Next in line" if place.number == 1 else f"{_ordinal(place.number)} in line"


def why(place: QueuePosition | None, mine: bool) -> str:
    if place is None:
        return ""
    if place.key_paused:
        return "Waiting: the gateway refuses the key. It goes on when an admin has mended the key."
    return " ".join(part for part in (_first(place), _full(place, mine)) if part)


def _first(place: QueuePosition) -> str:
    """At most two names: with more of them, the numbers say enough."""
    if len(place.before) > 2:
        return f"{sum(place.before.values())} of others go first."
    parts = [f"{tasks} of {name}’s" for name, tasks in place.before.items()]
    verb = "goes" if sum(place.before.values()) == 1 else "go"
    return f"{' and '.join(parts)} {verb} first." if parts else ""


def _full(place: QueuePosition, mine: bool) -> str:
    if place.key_full:
        running, most = place.key_full
        return f"Waiting: {running} of {most} {_noun(most)} of this key {_verb(most)} running."
    if place.member_full:
        running, most = place.member_full
        whose = "your" if mine else "this member’s"
        return f"Waiting: {running} of {whose} {most} {_noun(most)} {_verb(most)} running."
    return ""


def _noun(number: int) -> str:
    return "task" if number == 1 else "tasks"


def _verb(number: int) -> str:
    return "is" if number == 1 else "are"


def _ordinal(number: int) -> str:
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def about(seconds: float | None) -> str:
    """ "about 20 s left", no more exact than it can be; "" when nobody knows. As in clocks.js."""
    if seconds is None or seconds <= 0:
        return ""
    if seconds < 90:
        step = 5 if seconds < 20 else 10
        return f"about {max(step, round(seconds / step) * step)} s left"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min left"
    return f"about {round(seconds / 3600)} h left"
