"""When processes that stay look for garbage."""

import gc

CREATED = 10_000
"""Objects after which one looks; a page of the gallery makes about as many."""


def end_of_loading() -> None:
    """What is loaded stays: it is not looked through again, which takes as long as a page, nor
    copied in forks, as it would be by being looked at.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(CREATED)
