"""Subjects as the library shows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from generation.library.handles import RESERVED
from generation.library.subject_figures import NONE, Figures
from generation.models import Subject, SubjectVersion, User, meant
from generation.people.access import is_own, is_private_of_another


@dataclass(frozen=True, slots=True)
class Listed:
    """`hidden` is what only its owner has: opening it is written down, listing it is not."""

    subject: Subject
    hidden: bool
    link: str
    figures: Figures = NONE
    owner: str = ""

    @property
    def uses(self) -> str:
        count = self.figures.tasks
        return "New" if not count else f"{count:,} use{'' if count == 1 else 's'}"


def listed(
    subjects: Sequence[Subject], user: User, figures: Mapping[UUID, Figures] | None = None
) -> list[Listed]:
    """Each with a link that names the owner where the handle alone may lead to another subject."""
    plain = meant(subjects, user)
    return [
        Listed(
            subject,
            hidden=is_private_of_another(subject, user),
            link=link(subject, named=plain[subject.handle] is not subject),
            figures=(figures or {}).get(subject.pk, NONE),
            owner="" if is_own(user, subject) else subject.owner.username,
        )
        for subject in subjects
    ]


def link(subject: Subject, *, named: bool) -> str:
    """Its address; `named` with its owner, as the handle alone may mean another subject."""
    named = named or subject.handle in RESERVED
    return subject.get_absolute_url() + (whose(subject) if named else "")


def whose(subject: Subject) -> str:
    return f"?{urlencode({'owner': subject.owner.username})}"


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """One line of the history."""

    version: SubjectVersion
    is_current: bool
    figures: Figures


def history(
    versions: Iterable[SubjectVersion], subject: Subject, figures: Mapping[int, Figures]
) -> list[ShownVersion]:
    return [
        ShownVersion(version, version.number == subject.version, figures.get(version.number, NONE))
        for version in versions
    ]
