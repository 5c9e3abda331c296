"""Subjects as the list shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from generation.models import Subject, User, meant
from generation.people.access import is_private_of_another


@dataclass(frozen=True, slots=True)
class Listed:
    """`hidden` is what only its owner has: opening it is written down, listing it is not."""

    subject: Subject
    hidden: bool
    link: str


def listed(subjects: Sequence[Subject], user: User) -> list[Listed]:
    """Each with a link that names the owner where the handle alone leads to another subject."""
    plain = meant(subjects, user)
    return [
        Listed(
            subject,
            hidden=is_private_of_another(subject, user),
            link=link(subject, named=plain[subject.handle] is not subject),
        )
        for subject in subjects
    ]


def link(subject: Subject, *, named: bool) -> str:
    """Its address; `named` with its owner, as the handle alone may mean another subject."""
    owner = f"?{urlencode({'owner': subject.owner.username})}" if named else ""
    return subject.get_absolute_url() + owner
