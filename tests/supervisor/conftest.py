import pytest

from generation.supervisor.runner import Printer
from generation.supervisor.supervisor import Supervisor
from tests.supervisor.helpers import Pages
from tests.support.eventually import eventually


class Stage:
    """A supervisor under test, and what it wrote."""

    def __init__(self, *services, stop_timeout=5.0, restart_delays=(0.0,), reaper=None) -> None:
        self.pages = Pages()
        printer = Printer(self.pages, [service.name for service in services])
        self.supervisor = Supervisor(
            services,
            printer,
            reaper=reaper,
            stop_timeout=stop_timeout,
            restart_delays=restart_delays,
        )
        self.supervisor.start()

    def runs_until(self, check) -> bool:
        """Lets the supervisor turn until `check` comes true."""

        def turned():
            self.supervisor.run_once(0.01)
            return check()

        return eventually(turned, every=0.01)

    def runs_until_said(self, text, name="one") -> bool:
        return self.runs_until(lambda: text in self.pages.said_by(name))

    def pids(self) -> dict[str, int]:
        runners = self.supervisor.runners
        return {runner.service.name: runner.process.pid for runner in runners if runner.process}


@pytest.fixture
def stage():
    """Makes supervisors; what they leave running is killed after the test."""
    made: list[Stage] = []

    def make(*services, **options) -> Stage:
        made.append(Stage(*services, **options))
        return made[-1]

    yield make
    for one in made:
        one.supervisor.stop(kill_requested=lambda: True)
