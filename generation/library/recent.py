"""What a member may want to pick once more."""

from collections.abc import Sequence
from itertools import islice

from generation.models import Image, Output, Task, User

MOST = 50
LOOKED_THROUGH = 300
"""Tasks, the newest ones, whose results are looked at: most may be videos, or have none."""


def recent_images(user: User) -> Sequence[Image]:
    return list(Image.objects.filter(owner=user).order_by("-uploaded_at")[:MOST])


def recent_results(user: User) -> Sequence[Output]:
    # Whatever their state: asked for one, SQLite reads the tasks of all members that are in it.
    tasks = Task.objects.kept().filter(owner=user).order_by("-created_at", "-id")
    made = Output.objects.filter(
        task__in=tasks.values("pk")[:LOOKED_THROUGH],
        kind=Output.Kind.IMAGE,
        state=Output.State.STORED,
    )
    return list(made.order_by("-stored_at").select_related("task")[:MOST])


PROMPTS_LOOKED_THROUGH = 1_000
"""Tasks, the newest ones, whose prompts are remembered."""


def recent_prompts(user: User, words: str = "") -> Sequence[str]:
    tasks = Task.objects.filter(owner=user).order_by("-created_at", "-id")
    prompts = tasks.values_list("params__prompt", flat=True)[:PROMPTS_LOOKED_THROUGH]
    wanted = words.casefold().split()
    found = (str(prompt) for prompt in dict.fromkeys(prompts) if prompt)
    fitting = (p for p in found if all(word in p.casefold() for word in wanted))
    return list(islice(fitting, MOST))
