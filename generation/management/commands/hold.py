from typing import Any

from generation.lifecycle import hold
from generation.management.guarded import GuardedCommand


class Command(GuardedCommand):
    help = "Holds every queued task, as after a restore, until an admin releases it."

    def handle(self, *args: Any, **options: Any) -> None:
        held = hold.hold(hold.ASKED) + hold.check()
        self.stdout.write(f"{held} tasks are held until an admin releases them on the Engine page.")
