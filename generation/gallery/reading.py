"""Reads filters from an address: each value is right, or said to be wrong; nothing raises."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from generation.catalog import MODELS
from generation.models import ApiKey, Output, Subject, Tag, Task, User, Verdict, meant
from generation.models.remarks import STARS

from . import places
from .filters import RUNNING, Filters, Sort, Wrong
from .sources import fitting

LONGEST = 200
"""Characters of a search."""


class NotThere(Exception):
    """A value that means nothing; the text says why."""


def read(user: User, address: Mapping[str, str]) -> Filters:
    """A query each for a member, a subject, a key and a result to be like: at most five."""
    found: dict[str, Any] = {}
    wrong = []
    for name, reader in READERS.items():
        text = address.get(name, "").replace("\0", "").strip()
        if not text:
            continue
        try:
            found[name] = reader(user, text)
        except NotThere as reason:
            wrong.append(Wrong(name, text[:LONGEST], str(reason)))
    since, until = found.get("since"), found.get("until")
    if since and until and since > until:
        wrong.append(Wrong("until", str(found.pop("until")), "is before the first day"))
    return Filters(**found, wrong=tuple(wrong))


def _search(user: User, text: str) -> str:
    return " ".join(text.split())[:LONGEST]


def _one_of(choices: Mapping[str, Any], why: str) -> Callable[[User, str], Any]:
    def read_choice(user: User, text: str) -> Any:
        if text not in choices:
            raise NotThere(why)
        return choices[text]

    return read_choice


def _same(*values: str) -> dict[str, str]:
    return {value: value for value in values}


def _owner(user: User, text: str) -> User:
    found = User.objects.filter(username=text).first()
    if found is None:
        raise NotThere("is no member")
    return found


def _subject(user: User, text: str) -> Subject:
    handle = text.removeprefix("@")
    found = meant(Subject.objects.visible_to(user).filter(handle=handle), user).get(handle)
    if found is None:
        raise NotThere("is no subject")
    return found


def _key(user: User, text: str) -> ApiKey:
    try:
        wanted = UUID(text)
    except ValueError:
        wanted = None
    keys = ApiKey.objects.visible_to(user) | ApiKey.objects.filter(owner=None)
    found = next((key for key in keys if key.pk == wanted), None) if wanted else None
    if found is None:
        raise NotThere("is no key")
    return found


def _task(user: User, text: str) -> Task:
    try:
        these = Task.objects.filter(pk__in=[UUID(text)])
    except ValueError:
        raise NotThere("is no result") from None
    found = fitting(user, Filters(), these).first()
    if found is None:
        raise NotThere("is no result")
    return found


def _day(user: User, text: str) -> date:
    found = places.as_day(text)
    if found is None:
        raise NotThere("is no day: write 2026-11-30")
    return found


READERS: dict[str, Callable[[User, str], Any]] = {
    "q": _search,
    "whose": _one_of(_same("all", "mine"), "is neither all nor mine"),
    "owner": _owner,
    "kind": _one_of(_same(*Output.Kind.values), "is neither video nor image"),
    "model": _one_of({name: name for name in MODELS}, "is no model"),
    "state": _one_of(_same(*Task.State.values, RUNNING), "is no state"),
    "subject": _subject,
    "key": _key,
    "inputs": _task,
    "prompt": _task,
    "favourite": _one_of({"1": True, "0": False}, "is not 1"),
    "rating": _one_of({str(stars): stars for stars in STARS}, "is not 1 to 5"),
    "review": _one_of(_same(*Verdict.values), "is no review"),
    "tag": lambda user, text: text.casefold()[: Tag.LONGEST],
    "since": _day,
    "until": _day,
    "sort": _one_of({sort.value: sort for sort in Sort}, "is no order"),
}
