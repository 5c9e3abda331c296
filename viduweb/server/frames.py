"""Room for all frames of a request in one piece of memory.

CPython keeps the frames of its functions in pieces of 16 KiB, and gives a piece back to the system
as soon as the functions in it have returned. A loop that happens to stand at the end of a piece so
has each of its calls ask the system for memory, which may take longer than the page itself.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

WORDS = 31_900
"""Of eight bytes. Memory comes in powers of two: half a megabyte here, of which this is not quite
half, and what is called gets the rest. What nobody writes to takes none."""


def in_one_piece(function: Function) -> Function:
    """The same, with a frame so large that those of all that it calls follow in the same piece."""
    changed = cast(Any, function)
    changed.__code__ = changed.__code__.replace(co_stacksize=WORDS)
    return function
