"""The bar above a gallery: what is set, how to take it away, and what else could be."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

from generation.catalog import MODELS, ModelSpec
from generation.gallery.choices import Choices
from generation.gallery.filters import RUNNING, Filters, Sort
from generation.models import Task, User, Verdict
from generation.models.remarks import STARS
from generation.people.access import is_own

LABELS = {
    "q": "Search",
    "whose": "Whose",
    "owner": "Made by",
    "kind": "Kind",
    "model": "Model",
    "state": "State",
    "subject": "Subject",
    "key": "Key",
    "inputs": "Inputs",
    "prompt": "Prompt",
    "favourite": "Favourite",
    "rating": "My stars",
    "review": "Review",
    "tag": "Tag",
    "since": "From",
    "until": "To",
    "sort": "Order",
}
STATES = {RUNNING: "Running", **dict(Task.State.choices)}
SORTS = {
    Sort.NEWEST: "Newest first",
    Sort.OLDEST: "Oldest first",
    Sort.RATING: "My best first",
    Sort.COST: "Highest cost first",
}


@dataclass(frozen=True, slots=True)
class Option:
    label: str
    query: str
    on: bool
    value: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """A list to choose one of. `options` is None while it was not read."""

    name: str
    label: str
    value: str
    remove: str
    options: list[Option] | None = None


@dataclass(frozen=True, slots=True)
class Bad:
    """A value that the address has and nothing knows."""

    label: str
    value: str
    why: str


@dataclass(frozen=True)
class Bar:
    filters: Filters
    user: User
    offered: Choices | None = None
    counts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def bad(self) -> list[Bad]:
        return [Bad(LABELS[one.name], one.value, one.why) for one in self.filters.wrong]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What a search keeps of the other filters."""
        return [(name, value) for name, value in self.filters.values.items() if name != "q"]

    @property
    def hidden_days(self) -> list[tuple[str, str]]:
        values = self.filters.values.items()
        return [(name, value) for name, value in values if name not in ("since", "until")]

    @property
    def switches(self) -> list[Option]:
        now = self.filters.values
        return [
            self._switch("Video", "kind", "video", now),
            self._switch("Image", "kind", "image", now),
            self._switch("Favourites", "favourite", "1", now),
        ]

    @property
    def running(self) -> Option:
        return self._switch("Running", "state", RUNNING, self.filters.values)

    @property
    def favourites(self) -> Option:
        return self._switch("Favourites", "favourite", "1", self.filters.values)

    @property
    def whose(self) -> list[Option]:
        mine = self.filters.whose == "mine"
        return [
            Option("Team", self.filters.but(whose="all"), not mine),
            Option("Mine", self.filters.but(whose="mine"), mine),
        ]

    def _switch(self, label: str, name: str, value: str, now: Mapping[str, str]) -> Option:
        on = now.get(name) == value
        return Option(label, self.filters.but(**{name: "" if on else value}), on, name)

    @property
    def known_by(self) -> Hashable:
        """All that the lists show, as long as nothing is `offered`."""
        filters = self.filters
        handle, label = (
            filters.subject and filters.subject.handle,
            filters.key and filters.key.label,
        )
        return tuple(filters.values.items()), handle, label, self.user.username

    @cached_property
    def facets(self) -> list[Facet]:
        offered = self.offered
        return [
            self._facet("model", {spec.id: spec.title for spec in _models()}),
            self._made_by(offered),
            self._facet(
                "subject",
                {one.handle: f"@{one.handle}" for one in offered.subjects} if offered else None,
                f"@{self.filters.subject.handle}" if self.filters.subject else "",
            ),
            self._facet("state", STATES),
            self._facet("rating", {str(stars): "★" * stars for stars in reversed(STARS)}),
            self._facet("review", dict(Verdict.choices)),
            self._facet(
                "tag",
                {name: name for name in offered.tags} if offered else None,
                self.filters.tag,
            ),
            self._facet(
                "key",
                {str(one.pk): one.label for one in offered.keys} if offered else None,
                self.filters.key.label if self.filters.key else "",
            ),
        ]

    def _made_by(self, offered: Choices | None) -> Facet:
        filters, me = self.filters, self.user
        value = "me" if filters.whose == "mine" else filters.owner.username if filters.owner else ""
        options = None
        if offered is not None:
            mine = Option("Me", filters.but(whose="mine", owner=""), value == "me", me.username)
            others = [
                Option(name, filters.but(owner=name, whose=""), value == name, name)
                for name in (one.username for one in offered.members)
                if name != me.username
            ]
            options = [self._counted("owner", one) for one in (mine, *others)]
        return Facet("owner", "Made by", value, filters.but(owner="", whose=""), options)

    def _facet(self, name: str, choices: Mapping[str, str] | None, shown: str = "") -> Facet:
        now = self.filters.values.get(name, "")
        value = shown or (choices or {}).get(now, now)
        options = None if choices is None else list(self._options(name, choices.items(), now))
        return Facet(name, LABELS[name], value, self.filters.but(**{name: ""}), options)

    def _options(self, name: str, choices: Iterable[tuple[str, str]], now: str) -> Iterator[Option]:
        for value, label in choices:
            option = Option(label, self.filters.but(**{name: value}), value == now, value)
            yield self._counted(name, option)

    def _counted(self, name: str, option: Option) -> Option:
        count = self.counts.get(name, {}).get(option.value, "")
        return Option(option.label, option.query, option.on, option.value, count)

    @property
    def saved(self) -> list[Option] | None:
        """Own ones first; with whose they are, if they are another's."""
        if self.offered is None:
            return None
        now = self.filters.query
        ordered = sorted(self.offered.searches, key=lambda one: not is_own(self.user, one))
        return [
            Option(
                one.name,
                one.query,
                one.query == now,
                "" if is_own(self.user, one) else one.owner.username,
            )
            for one in ordered
        ]

    @property
    def alike(self) -> list[Facet]:
        """What is like one result, and in what."""
        set_ = [name for name in ("inputs", "prompt") if name in self.filters.values]
        return [
            Facet(name, f"Same {name}", "as one result", self.filters.but(**{name: ""}))
            for name in set_
        ]

    @property
    def days(self) -> Facet:
        since, until = self.filters.since, self.filters.until
        value = " – ".join(str(day) if day else "…" for day in (since, until))
        shown = value if since or until else ""
        return Facet("days", "Date", shown, self.filters.but(since="", until=""))

    @property
    def sorts(self) -> list[Option]:
        now = self.filters.sort
        return [
            Option(label, self.filters.but(sort="" if sort is Sort.NEWEST else sort), sort is now)
            for sort, label in SORTS.items()
        ]

    @property
    def sort(self) -> str:
        return SORTS[self.filters.sort]


BY_ID = ("key", "inputs", "prompt")
"""Of these the value says nothing to a person."""


def said(query: str) -> str:
    """What a saved search looks for, as it was saved: nothing is asked of the database."""
    values = [(name, value) for name, value in parse_qsl(query) if name in LABELS]
    return ", ".join(
        f"{LABELS[name]}: {'one' if name in BY_ID else value[:60]}" for name, value in values
    )


def _models() -> list[ModelSpec]:
    return sorted(MODELS.values(), key=lambda spec: spec.place)
