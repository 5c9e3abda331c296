"""Pages of Django's admin for what only the app writes; its lists cost the same with any history.

Left to itself a list counts all rows for its page numbers, and sorts them by any column.
"""

from functools import cached_property
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from generation.people.access import Private
from generation.people.audit import opened

MOST = 1_000
"""Rows of a list that can be paged through; filters lead to older ones."""


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


class InOneOrder(ChangeList):
    """In the order of its ModelAdmin, whatever the address says: that one has an index."""

    def get_ordering_field(self, field_name: Any) -> None:
        return None


class LookOnly(admin.ModelAdmin):
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

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """By what the list offers only: an address that filters by any column would tell what a
        token or a private prompt begins with."""
        offered = map(str, self.list_filter)
        return lookup.partition("__")[0] in offered

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        shown = self.get_object(request, unquote(object_id))
        if isinstance(shown, Private) and self.has_view_permission(request, shown):
            opened(request, shown, "inspected")
        return super().change_view(request, object_id, *args, **kwargs)
