"""Pages of Django's admin for what only the app writes; its lists cost the same with any history.

Left to itself a list counts all rows for its page numbers, and sorts them by any column.
"""

from functools import cached_property
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from generation.people.access import Private
from generation.people.audit import opened

MOST = 1_000
"""Rows of a list that can be paged through; filters lead to older ones."""

ASKED = {"", "exact", "gte", "lt", "isnull"}
"""What the links of Django's filters ask of a column."""


class FirstRows(Paginator):
    """Counts to MOST and no further; `goes_on` says that there are more."""

    @cached_property
    def _found(self) -> int:
        # In the list's own order: without one, PostgreSQL looks for them from the table's beginning.
        rows = cast("QuerySet[Any]", self.object_list)
        return len(rows.values_list("pk")[: MOST + 1])

    @cached_property
    def count(self) -> int:
        return min(self._found, MOST)

    @property
    def goes_on(self) -> bool:
        return self._found > MOST


class WithinTime(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """Only here it shows that a moment is beyond what any calendar goes to."""
        try:
            super().get_results(request)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(error) from error


class InOneOrder(WithinTime):
    """In the order of its ModelAdmin, whatever the address says: that one has an index."""

    def get_ordering_field(self, field_name: Any) -> None:
        return None


class AsOffered(admin.ModelAdmin):
    """Filtered by what the list offers only: an address that filters by any column would tell what
    a token or a private prompt begins with."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return WithinTime

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        offered = map(str, self.list_filter)
        column, _, asked = lookup.partition("__")
        return column in offered and asked in ASKED


class LookOnly(AsOffered):
    """Shown, never changed: the app itself is the only writer."""

    paginator = FirstRows
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[InOneOrder]:
        return InOneOrder

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        self._note_opened(request, object_id)
        return super().change_view(request, object_id, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Its title is the thing in words; that of an event is all that the event says."""
        self._note_opened(request, object_id)
        return super().history_view(request, object_id, *args, **kwargs)

    def _note_opened(self, request: HttpRequest, object_id: str) -> None:
        shown = self.get_object(request, unquote(object_id))
        if isinstance(shown, Private) and self.has_view_permission(request, shown):
            opened(request, shown, "inspected")
