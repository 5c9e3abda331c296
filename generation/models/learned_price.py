"""What tasks alike were really charged, for the price of the next one."""

from django.db import models


class LearnedPrice(models.Model):
    """The latest charges of completed tasks with the same model, length, resolution and extras.

    `costs` are in millionths of a USD, the newest last; `median` is theirs.
    """

    alike = models.CharField(max_length=200, primary_key=True)
    costs = models.JSONField(default=list)
    median = models.BigIntegerField()

    def __str__(self) -> str:
        return self.alike
