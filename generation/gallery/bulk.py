"""What is done with many results at once: with all of them, or with none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from generation.lifecycle import trash
from generation.lifecycle.transitions import new_revisions
from generation.models import Favourite, Tag, Task, Verdict, Visibility, next_revision

from .bulk_said import put_tags, review_all, take_tags
from .selection import Refused, Selection, named


@dataclass(frozen=True, slots=True)
class Done:
    """`words` for people; `gone` says whether they have left the gallery, `undo` by which moment
    they come back.
    """

    words: str
    gone: bool = False
    undo: datetime | None = None


def like(chosen: Selection) -> Done:
    Favourite.objects.bulk_create(
        (
            Favourite(member=chosen.user, task=task, made_at=task.created_at)
            for task in chosen.tasks
        ),
        ignore_conflicts=True,
    )
    return Done(f"{_count(chosen)} among your favourites.")


def unlike(chosen: Selection) -> Done:
    Favourite.objects.filter(member=chosen.user, task__in=chosen.pks).delete()
    return Done(f"{_count(chosen)} no longer among your favourites.")


def show_to(chosen: Selection, visibility: str) -> Done:
    """Raises Refused."""
    if visibility not in Visibility.values:
        raise Refused("Choose whether the team sees them, or only you.")
    chosen.require_own("change who sees it")
    with transaction.atomic():
        next_revision()
        rows = Task.objects.filter(pk__in=chosen.pks)
        rows.update(visibility=visibility, revision=new_revisions(rows))
    seen = "seen by the team" if visibility == Visibility.TEAM else "private"
    return Done(f"{_count(chosen)} now {seen}.")


def seen_otherwise(tasks: Sequence[Task], visibility: str) -> list[Task]:
    """Those that `visibility` is a change for, as they were read."""
    return [task for task in tasks if task.visibility != visibility]


def tag(chosen: Selection, names: Sequence[str]) -> Done:
    """Raises Refused."""
    with transaction.atomic():
        if full := put_tags(chosen.tasks, chosen.user, names):
            have = "has" if len(full) == 1 else "have"
            raise Refused(
                f"{named(full)} {have} no room for that: a result has at most {Tag.MOST} tags. "
                "Nothing was changed."
            )
    return Done(f"{_count(chosen)} tagged {_quoted(names)}.")


def untag(chosen: Selection, names: Sequence[str]) -> Done:
    take_tags(chosen.tasks, names)
    return Done(f"{_count(chosen)} no longer tagged {_quoted(names)}.")


def review(chosen: Selection, verdict: str) -> Done:
    """Raises Refused."""
    with transaction.atomic():
        if bare := review_all(chosen.tasks, chosen.user, verdict):
            have = "has" if len(bare) == 1 else "have"
            raise Refused(f"{named(bare)} {have} no result to review yet. Nothing was changed.")
    if not verdict:
        return Done(f"{_count(chosen)} no longer reviewed.")
    return Done(f"{_count(chosen)} reviewed: {Verdict(verdict).label.lower()}.")


def trash_all(chosen: Selection) -> Done:
    """Raises Refused."""
    chosen.require_own("move it to the trash")
    try:
        moment = trash.move(chosen.pks)
    except trash.NotEnded as running:
        be = "is" if len(running.tasks) == 1 else "are"
        raise Refused(
            f"{named(running.tasks)} {be} not finished yet: only what has ended can be moved to "
            "the trash. Nothing was changed."
        ) from running
    words = f"{len(chosen.tasks)} result{'s' if len(chosen.tasks) != 1 else ''} moved to the trash."
    return Done(words, gone=True, undo=moment)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _count(chosen: Selection) -> str:
    count = len(chosen.tasks)
    return f"{count} result{' is' if count == 1 else 's are'}"
