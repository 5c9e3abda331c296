"""What of the audit log is shown."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from generation.people.audit_log import Filter
from generation.people.audit_words import Group

FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)
SAID = "Choose a day between the years 2000 and 2999."
NEAR = [MinValueValidator(FIRST, SAID), MaxValueValidator(LAST, SAID)]
"""Of days at the ends of the calendar a zone or the day after makes what no database knows."""


class AuditFilterForm(forms.Form):
    group = forms.ChoiceField(
        choices=[("", "Everything"), *Group.choices], required=False, label="What"
    )
    who = forms.CharField(max_length=150, required=False, label="Who")
    since = forms.DateField(
        required=False,
        label="From",
        validators=NEAR,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        required=False, label="To", validators=NEAR, widget=forms.DateInput(attrs={"type": "date"})
    )

    def asked(self) -> Filter:
        """What is wrong is left out of the filter; the form says so beside its field."""
        given = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return Filter(
            group=given.get("group") or "",
            who=given.get("who") or "",
            since=given.get("since"),
            until=given.get("until"),
        )
