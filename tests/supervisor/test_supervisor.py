import time

import pytest

from tests.supervisor.helpers import (
    ENDS_LEAVING_A_CHILD,
    PARENT,
    SLEEPS,
    STUBBORN,
    Service,
    lives,
    service,
)

pytestmark = pytest.mark.processes


def test_it_passes_on_what_services_write(stage):
    run = stage(service(SLEEPS, "web"), service(SLEEPS, "sandbox"))
    assert run.runs_until(lambda: run.pages.text.count("up") == 2)
    assert sorted(run.pages.text.splitlines()) == ["sandbox | up", "web     | up"]


def test_a_service_gets_its_environment(stage):
    code = "import os, time; print(os.environ['COLOUR']); time.sleep(60)"
    run = stage(service(code, env={"COLOUR": "green"}))
    assert run.runs_until_said("green")


def test_it_stops_in_order(stage):
    run = stage(service(SLEEPS, "web"), service(SLEEPS, "poll"))
    run.runs_until(lambda: run.pages.text.count("up") == 2)
    pids = run.pids()
    run.supervisor.stop()
    assert not any(map(lives, pids.values()))
    assert "killed" not in run.pages.text


def test_higher_stages_are_asked_later(stage):
    says_when = """
import signal, sys, time
def stop(*_):
    time.sleep({last})
    print(time.monotonic())
    sys.exit()
signal.signal(signal.SIGTERM, stop)
print('up')
time.sleep(60)
"""
    run = stage(
        service(says_when.format(last=0.2), "web", stage=0),
        service(says_when.format(last=0), "poll", stage=1),
    )
    run.runs_until(lambda: run.pages.text.count("up") == 2)
    run.supervisor.stop()
    assert float(run.pages.said_by("web")[-1]) < float(run.pages.said_by("poll")[-1])


def test_a_stubborn_service_does_not_delay_later_stages_past_its_share(stage):
    run = stage(
        service(STUBBORN, "web", stage=0), service(SLEEPS, "poll", stage=1), stop_timeout=0.4
    )
    run.runs_until(lambda: run.pages.text.count("up") == 2)
    run.supervisor.stop()
    assert run.pages.said_by("web")[-1] == "is killed after 0.4 s"
    assert run.pages.said_by("poll") == ["up"]


def test_a_stubborn_service_is_killed_after_the_grace_period(stage):
    run = stage(service(STUBBORN), stop_timeout=0.3)
    run.runs_until_said("up")
    pid = run.pids()["one"]
    begin = time.monotonic()
    run.supervisor.stop()
    assert 0.3 <= time.monotonic() - begin < 3
    assert not lives(pid)


def test_only_the_main_process_is_signalled(stage):
    tells_all = """
import os, signal, sys, time
main = os.getpid()
def stop(*_):
    print('main' if os.getpid() == main else 'child', flush=True)
    if os.getpid() == main:
        time.sleep(0.2)
    sys.exit()
signal.signal(signal.SIGTERM, stop)
os.fork()
print('up')
time.sleep(60)
"""
    run = stage(service(tells_all))
    run.runs_until(lambda: run.pages.said_by("one") == ["up", "up"])
    run.supervisor.stop()
    assert run.pages.said_by("one")[2:] == ["main"]


def test_a_grandchild_left_behind_is_killed_at_the_stop(stage):
    run = stage(service(PARENT))
    run.runs_until(lambda: run.pages.said_by("one"))
    child = int(run.pages.said_by("one")[0])
    run.supervisor.stop()
    assert not lives(child)


def test_nothing_is_waited_for_in_a_hurry(stage):
    run = stage(service(STUBBORN), stop_timeout=30)
    run.runs_until_said("up")
    pid = run.pids()["one"]
    begin = time.monotonic()
    run.supervisor.stop(kill_requested=lambda: True)
    assert time.monotonic() - begin < 3
    assert not lives(pid)


def test_a_service_that_ends_is_started_again(stage):
    run = stage(service("print('once'); raise SystemExit(3)"))
    assert run.runs_until(lambda: run.pages.said_by("one").count("once") == 2)
    assert "ended with exit code 3, starts again in 0 s" in run.pages.said_by("one")
    assert run.supervisor.failed_services() == ["one"]


def test_a_killed_service_says_by_what(stage):
    run = stage(service("import os; os.kill(os.getpid(), 9)"))
    assert run.runs_until_said("was ended by SIGKILL, starts again in 0 s")


def test_the_pauses_grow(stage):
    run = stage(service("pass"), restart_delays=(0.0, 0.01, 0.02))
    run.runs_until(lambda: len(run.pages.said_by("one")) == 4)
    pauses = [line.split()[-2] for line in run.pages.said_by("one")[:4]]
    assert pauses == ["0", "0.01", "0.02", "0.02"]


def test_what_a_dead_main_process_leaves_is_killed_before_the_restart(stage):
    run = stage(service(ENDS_LEAVING_A_CHILD), restart_delays=(60.0,))
    run.runs_until_said("ended with exit code 0, starts again in 60 s")
    child = int(run.pages.said_by("one")[0])
    assert not lives(child)


def test_a_service_that_hangs_is_replaced_with_its_whole_tree(stage):
    reasons = ["no sign of life for 45 s"]
    run = stage(service(PARENT, probe=lambda uptime: reasons.pop() if said() and reasons else None))

    def said():
        return run.pages.said_by("one")

    assert run.runs_until(lambda: len(said()) == 3)
    first, verdict, second = said()
    assert verdict == "is replaced: no sign of life for 45 s"
    assert not lives(int(first))
    assert lives(int(second))


def test_a_probe_hears_the_uptime_of_the_current_process(stage):
    heard = []
    run = stage(service(SLEEPS, probe=heard.append))
    run.runs_until(lambda: len(heard) == 3)
    assert heard == sorted(heard)
    assert 0 <= heard[0] < 5


def test_a_program_that_cannot_be_started_is_tried_again(stage):
    run = stage(Service("one", ("/no/such/program",)))
    assert run.runs_until(lambda: len(run.pages.said_by("one")) == 2)
    assert run.pages.said_by("one")[0].startswith("cannot be started")


def test_a_service_may_close_its_output(stage):
    run = stage(service("import os, time; print('up'); os.close(1); os.close(2); time.sleep(60)"))
    run.runs_until_said("up")
    pid = run.pids()["one"]
    for _ in range(3):
        run.supervisor.run_once(0.01)
    assert run.pids() == {"one": pid}


def test_the_last_words_are_passed_on(stage):
    last = "import signal, sys, time; "
    last += "signal.signal(15, lambda *_: sys.exit(sys.stdout.write('bye'))); "
    run = stage(service(last + "print('up'); time.sleep(60)"))
    run.runs_until_said("up")
    run.supervisor.stop()
    assert run.pages.said_by("one") == ["up", "bye"]


def test_it_runs_without_any_service(stage):
    stage().supervisor.run_once(0.01)


def test_a_flood_of_output_stops_nothing(stage):
    run = stage(service("while True: print('y' * 99)"))
    assert run.runs_until(lambda: len(run.pages.text) > 500_000)
    pid = run.pids()["one"]
    run.supervisor.stop()
    assert not lives(pid)
