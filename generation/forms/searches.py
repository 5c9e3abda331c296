"""A saved search: a new one of what the gallery shows, or another name for one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from generation.gallery.reading import read
from generation.gallery.saving import NameTaken, TooMany, keep
from generation.models import SavedSearch, User, Visibility

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
            raise ValidationError(str(NameTaken()))
        return name

    def save(self) -> bool:
        """False when it was not to be kept; the form then says why."""
        search = self.search or SavedSearch(owner=self.owner)
        search.name, search.visibility = self.cleaned_data["name"], self.cleaned_data["scope"]
        self._fill(search)
        try:
            keep(search)
        except NameTaken as reason:
            self.add_error("name", str(reason))
        except TooMany as reason:
            self.add_error(None, str(reason))
        return self.is_valid()

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

    def _fill(self, search: SavedSearch) -> None:
        search.query = self.cleaned_data["query"]
