"""A bill of the gateway: the file, which columns hold what, and settling what differs."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from generation.media.wording import size_text
from generation.models import ApiKey, Bill
from generation.money.bill_csv import MOST_BYTES

from .usage import FIRST, LAST

NONE = ""


class UploadForm(forms.Form):
    file = forms.FileField(
        label="The bill as CSV",
        error_messages={
            "required": "Choose the file of the bill.",
            "empty": "The file is empty.",
        },
    )
    ask = forms.BooleanField(required=False, label="Choose its columns anew")

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(
                f"This has {size_text(file.size or 0)}; a bill may have {size_text(MOST_BYTES)}. Divide it."
            )
        return file


def _date(label: str) -> forms.DateField:
    return forms.DateField(
        required=False,
        label=label,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Give a day as 2026-11-30."},
    )


class ColumnsForm(forms.Form):
    remote_id = forms.ChoiceField(label="The gateway's id of the task")
    amount = forms.ChoiceField(label="Amount, in USD")
    day = forms.ChoiceField(label="Day", required=False)
    decimal = forms.ChoiceField(
        label="Cents follow",
        choices=[(".", "a point, as in 1,234.50"), (",", "a comma, as in 1.234,50")],
    )
    key = forms.ModelChoiceField(
        ApiKey.objects.all(),
        required=False,
        label="It is the bill of",
        empty_label="All keys",
        help_text="Only tasks of this key are missed on it.",
    )
    since = _date("First day")
    until = _date("Last day")

    def __init__(self, data: Any, *, bill: Bill) -> None:
        kept = {name: NONE if n is None else str(n) for name, n in bill.columns.items()}
        super().__init__(data, initial=kept)
        names = [
            (str(n), name or f"Column {n + 1}, without a name")
            for n, name in enumerate(bill.header)
        ]
        missing = "Choose a column."
        for name in ("remote_id", "amount"):
            self.fields[name].choices = [(NONE, "Choose"), *names]  # type: ignore[attr-defined]
            self.fields[name].error_messages["required"] = missing
        self.fields["day"].choices = [(NONE, "It has none"), *names]  # type: ignore[attr-defined]
        self.fields[
            "since"
        ].help_text = "Empty: from the first to the last day that stands on the bill."

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("remote_id") and given.get("remote_id") == given.get("amount"):
            self.add_error("amount", "The id and the amount stand in two columns.")
        since, until = given.get("since"), given.get("until")
        for name, day in (("since", since), ("until", until)):
            if day and not FIRST <= day <= LAST:
                self.add_error(name, f"Give a day from {FIRST.year} to {LAST.year}.")
        if since and until and since > until:
            self.add_error("until", "This is before the first day.")
        return given

    @property
    def columns(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "remote_id": int(given["remote_id"]),
            "amount": int(given["amount"]),
            "day": int(given["day"]) if given["day"] else None,
            "decimal": given["decimal"],
        }


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        error_messages={
            "required": "Say why, for the ledger.",
            "max_length": "200 characters at most.",
        },
    )
