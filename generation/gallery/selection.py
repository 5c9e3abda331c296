"""Results that a member has selected: each is looked at by itself before anything is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from generation.models import Task, User
from generation.people import access

MOST = 500
NAMED = 3
"""How many a sentence names."""
SHORT = 40
"""Characters of each."""


class Refused(Exception):
    """Nothing was done; the text says why, and names what it is about."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Tasks that `user` sees, in the order in which they were given."""

    user: User
    tasks: Sequence[Task]

    @property
    def pks(self) -> list[UUID]:
        return [task.pk for task in self.tasks]

    def require_own(self, what: str) -> None:
        """Raises Refused unless `user` may decide about each of them; `what` is to be done."""
        foreign = [task for task in self.tasks if not access.may_decide(self.user, task)]
        if foreign:
            whose = sorted({task.owner.username for task in foreign})
            be = "is" if len(foreign) == 1 else "are"
            raise Refused(
                f"{named(foreign)} {be} {_listed(whose)}’s: only the owner or an admin may {what}. "
                "Nothing was changed."
            )


def select(user: User, pks: Iterable[UUID]) -> Selection:
    """Raises Refused for none or too many, and Http404 if one is not there for `user`."""
    wanted = list(dict.fromkeys(pks))
    if not wanted:
        raise Refused("Select a result first.")
    if len(wanted) > MOST:
        raise Refused(f"Select {MOST} results at most at once; these are {len(wanted)}.")
    return Selection(user, access.get_tasks(user, wanted))


def named(tasks: Sequence[Task]) -> str:
    """`“A calm sea”, “A rough sea” and 3 more`."""
    shown = [f"“{task.title(SHORT)}”" for task in tasks[:NAMED]]
    more = len(tasks) - len(shown)
    return _listed([*shown, f"{more} more"] if more else shown)


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
