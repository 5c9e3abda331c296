"""A saved search: a new one of what the gallery shows, or another name for one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import QueryDict

from generation.gallery.reading import read
from generation.models import SavedSearch, User, Visibility

MOST = 50
"""Saved searches of one member."""
TAKEN = "There is a saved search of this name already. Choose another."
LONGEST = SavedSearch._meta.get_field("query").max_length or 0


class SearchForm(forms.Form):
    name = forms.CharField(max_length=60, label="Name")
    scope = forms.ChoiceField(
        choices=[(Visibility.PRIVATE, "Only me"), (Visibility.TEAM, "The whole team")],
        label="Who may use it",
        widget=forms.RadioSelect,
        initial=Visibility.PRIVATE,
    )

    def __init__(
        self, *args: Any, user: User, search: SavedSearch | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.search = user, search
        self.owner = search.owner if search else user

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        same = SavedSearch.objects.filter(owner=self.owner, name=name).first()
        if same not in (None, self.search):
            raise ValidationError(TAKEN)
        return name

    def save(self) -> bool:
        """False when a press at the same moment has been first; the form then says so."""
        search = self.search or SavedSearch(owner=self.owner)
        search.name, search.visibility = self.cleaned_data["name"], self.cleaned_data["scope"]
        self._fill(search)
        try:
            with transaction.atomic():
                # One after the other, so that they are counted.
                User.objects.select_for_update(no_key=True).get(pk=self.owner.pk)
                if self._is_too_many():
                    return False
                search.save()
        except IntegrityError:
            self.add_error("name", TAKEN)
            return False
        return True

    def _is_too_many(self) -> bool:
        return False

    def _fill(self, search: SavedSearch) -> None:
        """What else is stored with a new one."""


class NewSearchForm(SearchForm):
    """`query` comes from a browser: only what the gallery would understand of it is kept."""

    query = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=2 * LONGEST, label="Filters"
    )

    def clean_query(self) -> str:
        address = QueryDict(self.cleaned_data["query"]).dict()
        found = read(self.user, {name: str(value) for name, value in address.items()}).query
        if not found:
            raise ValidationError("Nothing is set that could be saved. Set a filter first.")
        if len(found) > LONGEST:
            raise ValidationError("The search is too long to be saved.")
        return found

    def _is_too_many(self) -> bool:
        too_many = SavedSearch.objects.filter(owner=self.owner).count() >= MOST
        if too_many:
            self.add_error(None, f"You have {MOST} saved searches. Delete one first.")
        return too_many

    def _fill(self, search: SavedSearch) -> None:
        search.query = self.cleaned_data["query"]
