import os
import signal

import pytest

from generation.supervisor.supervisor import StopSignals


@pytest.fixture
def signals():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the tests themselves were started with
    signals = StopSignals(min_interval=0.5)
    signals.install()
    yield signals
    for number, handler in before.items():
        signal.signal(number, handler)


def send(*numbers):
    for number in numbers:
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_asks_to_stop(signals, number):
    assert not signals.stop_requested
    send(number)
    assert signals.stop_requested
    assert not signals.kill_requested()


def test_a_second_ctrl_c_hurries(signals):
    signals._min_interval = 0.0
    send(signal.SIGINT, signal.SIGINT)
    assert signals.kill_requested()


def test_the_same_ctrl_c_arriving_twice_does_not(signals):
    send(signal.SIGINT, signal.SIGINT)
    assert not signals.kill_requested()


def test_sigterm_never_hurries(signals):
    signals._min_interval = 0.0
    send(signal.SIGTERM, signal.SIGTERM)
    assert not signals.kill_requested()


def test_nohup_is_respected(signals):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals.install()
    send(signal.SIGHUP)
    assert not signals.stop_requested
