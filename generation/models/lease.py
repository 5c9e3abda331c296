"""Named leases: who may do a thing now, and until when."""

from django.db import models


class Lease(models.Model):
    """One name, one holder (`token`), one end.

    `poller` is held by the job that polls, and handed to the next (docs/workers.md). `cluster:<name>@<host>` is a
    cluster's heartbeat: until `expires_at` it counts as alive. `wakeup:<job>` is a wakeup on
    its way to a worker. `files@`, `self@` and `twin@<host>` tell of machines (generation/monitoring/).
    """

    name = models.CharField(max_length=64, primary_key=True)
    token = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
