"""When a process looks for garbage: hardly while it loads, which makes none."""

import atexit
import gc

LOADED = 100_000
"""Objects after which a process looks that loads, or that is a short command."""

CREATED = 10_000
"""Objects after which one looks that stays; a page of the gallery makes about as many."""


def beginning_of_loading() -> None:
    """What is loaded stays: to look through it meanwhile, and once more at the end of the process,
    takes a quarter of a short command.
    """
    gc.set_threshold(LOADED)
    atexit.register(gc.freeze)


def end_of_loading() -> None:
    """What is loaded stays: it is not looked through again, which takes as long as a page, nor
    copied in forks, as it would be by being looked at.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(CREATED)
