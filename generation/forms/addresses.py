"""Image addresses, one a line: the gateway fetches them, this server never does."""

from collections.abc import Iterator, Sequence

from generation.catalog import is_address

from .fields import echo

MAX_LENGTH = 4_096
"""Characters of one address; signed ones have some hundreds."""


def address_lines(text: str) -> list[str]:
    lines = text.replace("\r", "\n").split("\n")
    return [stripped for line in lines if (stripped := line.strip())]


def address_problem(address: str) -> str:
    """Why it is none, for whoever stands beside its name; empty when it is one."""
    if len(address) > MAX_LENGTH:
        return f"It has {len(address):,} characters; at most {MAX_LENGTH:,} are taken."
    if not is_address(address):
        return "This is no address that starts with http:// or https://."
    return ""


def address_problems(addresses: Sequence[str], most: int) -> Iterator[str]:
    """A sentence for each address that is none; nothing when there are more than `most`."""
    if len(addresses) > most:
        return
    for number, address in enumerate(addresses, start=1):
        if len(address) > MAX_LENGTH:
            yield f"Line {number} has {len(address):,} characters; at most {MAX_LENGTH:,} are taken."
        elif address_problem(address):
            yield f"“{echo(address)}” is no address that starts with http:// or https://."
