"""Which days and which tasks the Usage page speaks of, as its address says."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404

from generation.catalog import MODELS
from generation.lifecycle import settling
from generation.models import Collection, Output, User
from generation.money.days import Days, month_of, today
from generation.money.reports import DIMENSIONS, Scope
from generation.people.access import get_collection, is_admin

MOST_DAYS = 3660
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
"""Days that there may be tasks of; pages also speak of as many before and after."""

DATES = {"invalid": "Give a day as 2026-11-30."}


def _day() -> forms.DateField:
    return forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages=DATES,
        validators=[MinValueValidator(FIRST), MaxValueValidator(LAST)],
    )


class RangeForm(forms.Form):
    """`by` is repeated to cross two dimensions; what is empty means this month, and everything."""

    since = _day()
    until = _day()
    member = forms.CharField(required=False)
    key = forms.UUIDField(required=False, error_messages={"invalid": "There is no such key."})
    model = forms.CharField(required=False)
    kind = forms.ChoiceField(choices=[("", ""), *Output.Kind.choices], required=False)
    subject = forms.CharField(required=False, max_length=32)
    collection = forms.UUIDField(
        required=False, error_messages={"invalid": "There is no such collection."}
    )
    by = forms.MultipleChoiceField(
        choices=[(name, name) for name in (*DIMENSIONS, "collection")], required=False
    )

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_member(self) -> int | None:
        name = self.cleaned_data["member"]
        if not name:
            return None
        found = User.objects.filter(username=name).values_list("pk", flat=True).first()
        if found is None or (not is_admin(self.user) and found != self.user.pk):
            raise ValidationError("There is no such member.")
        return found

    def clean_model(self) -> str:
        model: str = self.cleaned_data["model"]
        if model and model not in MODELS:
            raise ValidationError("There is no such model.")
        return model

    def clean_collection(self) -> Collection | None:
        pk: UUID | None = self.cleaned_data["collection"]
        try:
            return get_collection(self.user, pk) if pk else None
        except Http404:
            raise ValidationError("There is no such collection.") from None

    def clean_by(self) -> list[str]:
        by = list(dict.fromkeys(self.cleaned_data["by"]))
        if len(by) > 2:
            raise ValidationError("Cross two at most.")
        if not is_admin(self.user):
            by = [name for name in by if name != "member"]
        return by

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", "This is before the first day.")
        elif since and ((until or today()) - since).days > MOST_DAYS:
            self.add_error("until", "Ten years at most.")
        return given

    @property
    def days(self) -> Days:
        """This month where nothing right is given; one end alone means to the end of its month."""
        since: date | None = self.cleaned_data.get("since")
        until: date | None = self.cleaned_data.get("until")
        if self.errors.get("since") or self.errors.get("until") or not (since or until):
            return month_of(today())
        if since and until:
            return Days(since, until)
        if since:
            return Days(since, max(today(), month_of(since).until))
        assert until is not None
        return Days(until.replace(day=1), until)

    @property
    def scope(self) -> Scope:
        given = self.cleaned_data
        member = given.get("member") if is_admin(self.user) else self.user.pk
        key: UUID | None = given.get("key")
        collection: Collection | None = given.get("collection")
        return Scope(
            self.days,
            member,
            key,
            given.get("model", ""),
            given.get("kind", ""),
            given.get("subject", ""),
            collection.pk if collection else None,
        )


class SettleForm(forms.Form):
    amount = forms.DecimalField(
        min_value=0,
        max_value=settling.MOST,
        max_digits=12,
        decimal_places=6,
        error_messages={
            "required": "Give the amount in USD; 0 for nothing.",
            "invalid": "Give an amount in USD, such as 0.20.",
            "min_value": "A charge cannot be below 0.",
        },
    )
    reason = forms.CharField(
        max_length=200, error_messages={"required": "Say where you know it from."}
    )
