"""The revision counter behind the live page."""

from django.db import models
from django.db.models import F


class Counter(models.Model):
    """A named number. The row `revision` counts every visible change of any task."""

    name = models.CharField(max_length=32, primary_key=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


def next_revision(count: int = 1) -> int:
    """Takes `count` revisions and returns the last; call inside atomic(), before touching a task.

    The row stays locked until the transaction ends, so revisions become visible in the order
    of their numbers: a reader who has seen N has missed nothing below N. Taking it first,
    always, is what keeps two writers from waiting for each other crosswise.
    """
    revision = Counter.objects.filter(name="revision")
    if not revision.update(value=F("value") + count):
        Counter.objects.get_or_create(name="revision")
        revision.update(value=F("value") + count)
    return revision.values_list("value", flat=True).get()
