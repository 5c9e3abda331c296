"""Named leases: who may do a thing now, and until when."""

from django.db import models


class Lease(models.Model):
    """One name, one holder (`token`), one end.

    `pump` is the baton of the follower (workers.md 7). `cluster:<name>@<host>` is a
    cluster's sign of life: until `expires_at` it counts as alive. `bell:<job>` is a bell on its
    way to a worker.
    """

    name = models.CharField(max_length=64, primary_key=True)
    token = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
