"""How sizes read in sentences for members."""

from math import ceil

MEGABYTE = 1024 * 1024


def size_text(size: int) -> str:
    """`size` in bytes as "312 KB" or "14.2 MB", rounded up so that one byte over a limit shows."""
    if size < MEGABYTE:
        return f"{ceil(size / 1024)} KB"
    return f"{ceil(size * 10 / MEGABYTE) / 10:g} MB"
