"""What of a gallery is shown, as its address says."""

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from generation.models import ApiKey, Subject, Task, User


class Sort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    RATING = "rating"
    COST = "cost"


RUNNING = "running"
"""Beside the states of tasks: any of those in which something is still to happen."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value that means nothing here: it filters nothing, and is said."""

    name: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Everything, newest first, unless something is set. `given` is the address, in its order."""

    q: str = ""
    whose: str = "all"
    owner: User | None = None
    kind: str = ""
    model: str = ""
    state: str = ""
    subject: Subject | None = None
    key: ApiKey | None = None
    inputs: Task | None = None
    prompt: Task | None = None
    favourite: bool = False
    rating: int = 0
    review: str = ""
    tag: str = ""
    since: date | None = None
    until: date | None = None
    sort: Sort = Sort.NEWEST
    wrong: tuple[Wrong, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """As in the address, without what is as it always is."""
        found: dict[str, Any] = {
            "q": self.q,
            "whose": "" if self.whose == "all" else self.whose,
            "owner": self.owner and self.owner.username,
            "kind": self.kind,
            "model": self.model,
            "state": self.state,
            "subject": self.subject and self.subject.handle,
            "key": self.key and self.key.pk,
            "inputs": self.inputs and self.inputs.pk,
            "prompt": self.prompt and self.prompt.pk,
            "favourite": "1" if self.favourite else "",
            "rating": self.rating,
            "review": self.review,
            "tag": self.tag,
            "since": self.since,
            "until": self.until,
            "sort": "" if self.sort is Sort.NEWEST else self.sort,
        }
        return {name: str(value) for name, value in found.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.values)

    def but(self, **values: str | UUID | None) -> str:
        """The address with other values; an empty one takes the filter away."""
        changed = {**self.values, **values}
        order = sorted(changed, key=[field.name for field in fields(self)].index)
        return urlencode({name: changed[name] for name in order if changed[name]})

    @property
    def is_ranked(self) -> bool:
        """Whether a figure orders it, and days mean nothing."""
        return self.sort in (Sort.RATING, Sort.COST)

    @property
    def is_marked(self) -> bool:
        """Whether it is found by what members have put on it, or put in."""
        return bool(self.favourite or self.rating or self.review or self.tag or self.subject)

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out, beside what others have made."""
        return bool(self.values.keys() - {"whose", "sort"})
