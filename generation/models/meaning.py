"""What an event or a reason means; event_kind.py and reason.py hold a table of these each."""

from dataclasses import dataclass
from enum import Enum

from django.db import models

from generation.catalog.spec import Responsible


class StoredWord(models.TextChoices):
    """Its own label: Django's admin shows what the book explains and people's tools read."""

    @property
    def label(self) -> str:
        return str(self.value)


class Charged(Enum):
    """What is known of money from that moment on; see `Task.charge` for the whole."""

    NO = "no"
    POSSIBLY = "possibly"
    AS_BEFORE = "as before"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`sentence` says when it is written, as the book does; `responsible` is who can act then.

    `trouble` is counted on the Engine page and in /metrics. `title` is what a page says in a few
    words, `detail` in a sentence or two; both are "" where the task itself tells more.
    """

    sentence: str
    charged: Charged = Charged.AS_BEFORE
    responsible: Responsible | None = None
    trouble: bool = False
    title: str = ""
    detail: str = ""
