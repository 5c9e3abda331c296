"""Setting an alert."""

from typing import Any

from django import forms
from django.conf import settings

from generation.models import Alert, User

from .webhooks import WebhookFields


class AlertForm(WebhookFields):
    field_order = ["kind", "limit", "by_mail", "webhook", "secret"]
    kind = forms.ChoiceField(choices=Alert.Kind.choices, label="What")
    limit = forms.DecimalField(
        min_value=0,
        max_value=1_000_000,
        max_digits=10,
        decimal_places=2,
        label="When it is more than",
        help_text="USD, percent, or a number of tasks.",
        error_messages={"invalid": "Give a number, such as 50."},
    )
    by_mail = forms.BooleanField(required=False, label="E-mail to all admins")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if not settings.SENDS_MAIL:
            del self.fields["by_mail"]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("kind") == Alert.Kind.WASTED and (given.get("limit") or 0) > 100:
            self.add_error("limit", "100 percent at most.")
        return given

    def save(self, user: User) -> Alert:
        given = self.cleaned_data
        alert = Alert(
            kind=given["kind"],
            limit=given["limit"],
            by_mail=given.get("by_mail", False),
            made_by=user,
        )
        if given["webhook"]:
            self.keep_webhook(alert)
        alert.save()
        return alert
