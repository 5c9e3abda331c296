"""Moments of a film, as its player says them."""


def timecode(seconds: float) -> str:
    """`1:02.5`: minutes, seconds, tenths; cut and not rounded, so that it is never beyond the end."""
    tenths = int(seconds * 10 + 0.001)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
