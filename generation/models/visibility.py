"""Who sees what somebody makes."""

from django.db import models


class Visibility(models.TextChoices):
    TEAM = "team", "Team"
    PRIVATE = "private", "Only me"
