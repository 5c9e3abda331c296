"""A page never stands at the end of a piece of memory, where each call would ask the system for more."""

import resource

from viduweb.server.frames import in_one_piece
from viduweb.server.worker import Worker

CALLS = 200


def leaf():
    return None


def call_at(depth):
    if depth:
        return call_at(depth - 1)
    for _ in range(CALLS):
        leaf()
    return None


def faults(run, depth):
    """Pages of memory that the system had to give."""
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    run(depth)
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


@in_one_piece
def roomy(depth):
    call_at(depth)


def test_calls_of_a_loop_ask_for_no_memory_however_deep_it_stands():
    for depth in range(400):
        roomy(depth)
    assert max(faults(roomy, depth) for depth in range(400)) < CALLS // 2


def test_requests_are_answered_so():
    assert Worker._answer.__code__.co_stacksize == roomy.__code__.co_stacksize
