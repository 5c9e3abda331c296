"""Forms that are not sent yet, one a member and family of models, kept as they are filled in."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generation.models import Draft, Image, Task, User
from generation.people.access import get_images

Fields = Mapping[str, Sequence[str]]

MOST_CHARACTERS = 1_300_000
"""Of one draft: `payload` alone has up to 1,048,576."""


class Outdated(Exception):
    """A newer version was saved elsewhere; `draft` is that one."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(f"version {draft.version} was saved meanwhile")
        self.draft = draft


class TooLong(Exception):
    """It has more text than is kept."""


def latest(user: User, family: str = "") -> Draft | None:
    drafts = Draft.objects.current(user)
    return drafts.filter(family=family).first() if family else drafts.first()


def save(
    user: User, family: str, fields: Fields, *, version: int | None, source: Task | None = None
) -> Draft:
    """Keeps what the form says now; `version` is the one that its page knows, None for any.

    The first save of a remix, whose `source` is given, sets the member's own draft aside.
    Raises Outdated when another page has saved since, and TooLong.
    """
    if sum(len(text) for texts in fields.values() for text in texts) > MOST_CHARACTERS:
        raise TooLong("This form has too much text to be kept until you come back.")
    with transaction.atomic():
        # One after the other, also where there is no draft yet that could be locked.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        draft = latest(user, family)
        if draft and draft.fields == fields and draft.source == source:
            return draft
        if draft and version not in (None, draft.version):
            raise Outdated(draft)
        version = draft.version if draft else version or 0
        if draft and source and not draft.source_id:
            _set_aside(draft)
            draft = None
        draft = draft or Draft(owner=user, family=family)
        draft.fields, draft.source = dict(fields), source
        return _stored(draft, version + 1)


def _set_aside(draft: Draft) -> None:
    Draft.objects.filter(owner=draft.owner_id, family=draft.family, aside=True).delete()
    Draft.objects.filter(pk=draft.pk).update(aside=True)


def _stored(draft: Draft, version: int) -> Draft:
    draft.version, draft.saved_at = version, timezone.now()
    draft.save()
    draft.images.set(_images(draft))
    return draft


def _images(draft: Draft) -> list[Image]:
    """Those of its images that its owner may use, held so that nobody removes them meanwhile."""
    wanted = set()
    for text in draft.fields.get("image_ids", []):
        with suppress(ValueError):
            wanted.add(UUID(text))
    found = get_images(draft.owner, wanted) if wanted else {}
    return list(Image.objects.select_for_update(no_key=True).filter(pk__in=found))


def afresh(user: User, family: str) -> Draft | None:
    """Brings back the member's own draft, which a remix had set aside; None where there was none."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        draft = latest(user, family)
        if draft is None or not draft.source_id:
            return draft
        own = Draft.objects.filter(owner=user, family=family, aside=True).first()
        version = draft.version
        draft.delete()
        if own is not None:
            own.aside, own.version, own.saved_at = False, version + 1, timezone.now()
            own.save(update_fields=["aside", "version", "saved_at"])
        return own


def add_image(user: User, family: str, model: str, image: Image, *, most: int) -> Draft:
    """Puts `image` into the draft: instead of the one that it has, or after those before it.

    `model` is for a draft that is not there yet, `most` is how many images it takes.
    """
    draft = latest(user, family)
    fields = dict(draft.fields) if draft else {"model": [model]}
    before = [text for text in fields.get("image_ids", []) if text != str(image.pk)]
    fields["image_ids"] = [*before, str(image.pk)][-most:]
    if most == 1:
        fields.pop("image_urls", None)
    return save(user, family, fields, version=None, source=draft.source if draft else None)
