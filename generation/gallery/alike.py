"""More like one result: what was made of the same images, or with the same prompt."""

from uuid import UUID

from generation.models import TaskImage
from generation.models.words import TaskWords, first_line, folded

from .filters import Filters
from .matching import GREATEST, LEAST, matching

MOST = 2_000
"""The newest of them: a team's logo may be in every task."""


def alike(filters: Filters) -> set[UUID] | None:
    """The tasks, whoever may see them; None when no likeness is asked for."""
    found: set[UUID] | None = None
    if filters.inputs is not None:
        given = TaskImage.objects.filter(task=filters.inputs, image__isnull=False)
        images = set(given.values_list("image", flat=True))
        uses = TaskImage.objects.filter(image__in=images).order_by("-id")
        found = set(uses.values_list("task", flat=True)[:MOST])
    if filters.prompt is not None:
        same = _same_prompt(filters.prompt.prompt)
        found = same if found is None else found & same
    return found


def _same_prompt(prompt: str) -> set[UUID]:
    text = folded(prompt)
    if not text:
        return set()
    places = matching([text], LEAST, GREATEST, down=True, most=MOST)
    rows = TaskWords.objects.filter(place__in=places).values_list("task", "text")
    # What members say of it is no prompt.
    return {task for task, words in rows if text in first_line(words)}
