"""Long texts of tasks, kept apart from what cards and workers read."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import models

from .task import Task

LONG = 4_000
"""Characters, or those of its JSON, of a parameter's value that does not stay in the task's own row."""


class TaskText(models.Model):
    """Parameters of a task whose values are long: `payload` may hold a million characters.

    `Task.whole_params` puts them together with the others.
    """

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True, related_name="long_text")
    params = models.JSONField()

    def __str__(self) -> str:
        return f"{', '.join(self.params)} of {self.task_id}"


def split(params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The short parameters, which belong into the task's row, and the long ones.

    The prompt is never long: cards show it.
    """
    long = {name for name, value in params.items() if name != "prompt" and _size(value) > LONG}
    return (
        {name: value for name, value in params.items() if name not in long},
        {name: value for name, value in params.items() if name in long},
    )


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str) else len(json.dumps(value))
