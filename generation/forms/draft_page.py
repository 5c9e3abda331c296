"""What the studio's form says about the draft that it was made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from generation.catalog import Category

FAMILIES = frozenset(category.value for category in Category)
DRAFT_FIELDS = frozenset({"draft_family", "draft_version", "draft_source"})


@dataclass(frozen=True, slots=True)
class DraftPage:
    """What a page says about the draft that its form was made from."""

    family: str = ""
    version: int | None = None
    source: UUID | None = None

    @classmethod
    def of(cls, data: Mapping[str, str]) -> "DraftPage":
        """As it came back with the form; without a family for a form that came from elsewhere."""
        family, version = data.get("draft_family", ""), data.get("draft_version", "")
        try:
            source = UUID(data.get("draft_source", ""))
        except ValueError:
            source = None
        number = int(version) if version.isdecimal() and len(version) < 10 else 0
        return cls(family if family in FAMILIES else "", number, source)

    @property
    def fields(self) -> dict[str, str]:
        return {
            "draft_family": self.family,
            "draft_version": str(self.version or 0),
            "draft_source": str(self.source or ""),
        }
