import os
import signal

import pytest

from generation.supervisor.interrupts import Interrupts


@pytest.fixture
def interrupts():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the tests themselves were started with
    interrupts = Interrupts(apart=0.5)
    interrupts.install()
    yield interrupts
    for number, handler in before.items():
        signal.signal(number, handler)


def send(*numbers):
    for number in numbers:
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_asks_to_stop(interrupts, number):
    assert not interrupts.asked
    send(number)
    assert interrupts.asked
    assert not interrupts.hurried()


def test_a_second_ctrl_c_hurries(interrupts):
    interrupts._apart = 0.0
    send(signal.SIGINT, signal.SIGINT)
    assert interrupts.hurried()


def test_the_same_ctrl_c_arriving_twice_does_not(interrupts):
    send(signal.SIGINT, signal.SIGINT)
    assert not interrupts.hurried()


def test_sigterm_never_hurries(interrupts):
    interrupts._apart = 0.0
    send(signal.SIGTERM, signal.SIGTERM)
    assert not interrupts.hurried()


def test_nohup_is_respected(interrupts):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupts.install()
    send(signal.SIGHUP)
    assert not interrupts.asked
