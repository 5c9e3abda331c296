"""What the CPU of both clusters goes to, by duty."""

from collections import Counter
from contextlib import suppress

import psutil

from tests.processes.stack import Stack, title

DUTIES = {
    ("default", "main"): "dispatch and archive",
    ("default", "thread"): "creates, downloads, posters",
    ("poll", "main"): "what is due, what was answered",
    ("poll", "thread"): "polls",
    ("", ""): "django-q2's own processes",
}


class WorkerCPU:
    """Looks at every thread; those that have ended since are kept as they were last seen."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._threads: dict[int, tuple[str, float]] = {}
        self.look()
        self._first = dict(self._threads)

    def look(self) -> None:
        for cluster in ("default", "poll"):
            for process in self._stack.cluster(cluster):
                with suppress(psutil.Error):
                    self._look_at(process, cluster)

    def _look_at(self, process: psutil.Process, cluster: str) -> None:
        own = any(word in title(process) for word in ("MainProcess", "monitor", "pusher"))
        for thread in process.threads():
            kind = "main" if thread.id == process.pid else "thread"
            duty = DUTIES["", ""] if own else DUTIES[cluster, kind]
            self._threads[thread.id] = duty, thread.user_time + thread.system_time

    @property
    def by_duty(self) -> dict[str, float]:
        """Seconds since the beginning."""
        used = Counter(dict.fromkeys(DUTIES.values(), 0.0))
        for thread, (duty, spent) in self._threads.items():
            used[duty] += spent - self._first.get(thread, (duty, 0.0))[1]
        return dict(used)
