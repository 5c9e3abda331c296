"""What a leaver leaves behind goes to a colleague: subjects, what the team uses, forms not sent,
what waits in line.
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from generation.lifecycle.take_over import Handed, take_over, waiting_of
from generation.models import (
    Draft,
    Image,
    Preset,
    SavedSearch,
    Snippet,
    Subject,
    User,
    Visibility,
    next_revision,
)
from generation.people import members
from generation.people.access import is_private_of_another
from generation.people.audit import audit_of
from generation.people.members import admins_change

from .subjects import hand_over

LONGEST_NAME = 60
TRIES = 4


@dataclass(frozen=True, slots=True)
class Left:
    """What there is to hand over."""

    subjects: int
    presets: int
    snippets: int
    searches: int
    drafts: int
    tasks: int

    def __bool__(self) -> bool:
        found = (self.subjects, self.presets, self.snippets, self.searches)
        return any((*found, self.drafts, self.tasks))


class HeirGone(Exception):
    """The colleague was switched off meanwhile."""


def left_by(leaver: User) -> Left:
    return Left(
        subjects=Subject.objects.current().filter(owner=leaver).count(),
        presets=_of_team(Preset.objects.filter(owner=leaver)).count(),
        snippets=_of_team(Snippet.objects.filter(owner=leaver)).count(),
        searches=_of_team(SavedSearch.objects.filter(owner=leaver)).count(),
        drafts=Draft.objects.current(leaver).count(),
        tasks=waiting_of(leaver).count(),
    )


def hand_over_all(leaver: User, to: User, by: User) -> Handed:
    """All of it in one transaction. What was made stays the leaver's, as history.

    Raises HeirGone, and MoreRights of who may log in and has more than `by`.
    """
    # In this order everywhere: who is disabled meanwhile, which tasks move, then whose rows.
    with admins_change():
        next_revision()
        both = User.objects.filter(pk__in=[leaver.pk, to.pk]).order_by("pk")
        locked = {user.pk: user for user in both.select_for_update(no_key=True)}
        leaver, to = locked[leaver.pk], locked[to.pk]
        if not to.is_active:
            raise HeirGone
        members.require_no_more_rights(by, leaver)
        subjects = list(Subject.objects.current().filter(owner=leaver).order_by("pk"))
        # As when each of them is handed over by itself.
        hidden = [one.pk for one in subjects if is_private_of_another(one, by)]
        audit_of(by, "subject.changed-private", hidden)
        for subject in subjects:
            hand_over(subject, to, by)
        presets = list(_of_team(Preset.objects.filter(owner=leaver)))
        for preset in presets:
            _hand_over_named(preset, to)
        searches = list(_of_team(SavedSearch.objects.filter(owner=leaver)))
        for search in searches:
            _hand_over_named(search, to)
        snippets = _of_team(Snippet.objects.filter(owner=leaver)).update(owner=to)
        drafts, drafts_left = _hand_over_drafts(leaver, to)
        tasks = take_over(leaver, to, by)
        return Handed(
            len(subjects), len(presets), snippets, len(searches), drafts, drafts_left, tasks
        )


def _of_team(found: QuerySet[Any]) -> QuerySet[Any]:
    """What others work with; what nobody else has seen stays with whoever keeps it to themselves."""
    return found.filter(visibility=Visibility.TEAM)


def _hand_over_named(thing: Preset | SavedSearch, to: User) -> None:
    """Under another name where the colleague has one of its name."""
    for last in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                thing.owner, thing.name = to, _free_name(thing, to)
                thing.save(update_fields=["owner", "name"])
            return
        except IntegrityError:  # the colleague has just taken that name
            if not last:
                raise


def _free_name(thing: Preset | SavedSearch, owner: User) -> str:
    wish, rows = thing.name, type(thing)._default_manager.filter(owner=owner)
    taken = set(rows.values_list("name", flat=True))
    name, number = wish, 1
    while name in taken:
        number += 1
        name = f"{wish[: LONGEST_NAME - 4]} {number}"
    return name


def _hand_over_drafts(leaver: User, to: User) -> tuple[int, int]:
    """Those of families in which the colleague has none; how many, and how many stay."""
    has = set(Draft.objects.current(to).values_list("family", flat=True))
    drafts = list(Draft.objects.current(leaver))
    moved = [draft for draft in drafts if draft.family not in has]
    for draft in moved:
        _move(draft, to)
    return len(moved), len(drafts) - len(moved)


def _move(draft: Draft, to: User) -> None:
    """With its pictures, as uploads of the colleague: those of others' forms are seen by nobody."""
    own = {str(image.pk): _as_upload_of(to, image) for image in draft.images.all()}
    given = draft.fields.get("image_ids", [])
    draft.owner = to
    if given:
        draft.fields = {**draft.fields, "image_ids": [_renamed(pk, own) for pk in given]}
    draft.save(update_fields=["owner", "fields"])
    draft.images.set(own.values())


def _renamed(pk: str, own: dict[str, Image]) -> str:
    return str(own[pk].pk) if pk in own else pk


def _as_upload_of(owner: User, image: Image) -> Image:
    fields = {field.name: getattr(image, field.name) for field in Image._meta.fields}
    for name in ("id", "owner", "sha256", "created_at"):
        del fields[name]
    fields["uploaded_at"] = timezone.now()
    with transaction.atomic():
        kept, _ = Image.objects.get_or_create(owner=owner, sha256=image.sha256, defaults=fields)
    return kept
