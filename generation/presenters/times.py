"""Moments in words, in the zone of whoever looks (generation/time_zone.py)."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

FORMATS = {"full": "j M Y, H:i", "seconds": "j M, H:i:s", "clock": "H:i"}


def words_of(at: datetime, how: str = "short") -> str:
    """`how` is short, full, seconds or clock; UTC is named, a zone of one's own is not."""
    local = timezone.localtime(at)
    if how == "short":
        pattern = "H:i" if local.date() == timezone.localdate() else "j M, H:i"
    else:
        pattern = FORMATS[how]
    text = date_format(local, pattern)
    return f"{text} UTC" if timezone.get_current_timezone_name() == "UTC" else text


def day_words(day: date) -> str:
    today = timezone.localdate()
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return date_format(day, "l j F" if day.year == today.year else "l j F Y")
