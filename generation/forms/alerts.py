"""Setting an alert."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from generation.media.guard import Forbidden
from generation.media.posting import checked
from generation.models import Alert, User

SECRET = 16


class AlertForm(forms.Form):
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
    webhook = forms.CharField(
        required=False,
        max_length=1000,
        label="Webhook",
        help_text="An https address that takes {“text”: …}, as Slack does. Kept encrypted.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    secret = forms.CharField(
        required=False,
        min_length=SECRET,
        max_length=200,
        label="Signing secret",
        help_text="Your receiver checks X-Viduweb-Signature with it. Kept encrypted, never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if not settings.SENDS_MAIL:
            del self.fields["by_mail"]

    def clean_webhook(self) -> str:
        address = str(self.cleaned_data["webhook"])
        if address:
            try:
                checked(address)
            except Forbidden as why:
                raise ValidationError(f"No message can go there: {why}.") from None
        return address

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("kind") == Alert.Kind.WASTED and (given.get("limit") or 0) > 100:
            self.add_error("limit", "100 percent at most.")
        if given.get("secret") and not given.get("webhook") and not self.errors:
            self.add_error("webhook", "The secret signs messages of a webhook: give its address.")
        return given

    def save(self, user: User) -> Alert:
        given = self.cleaned_data
        alert = Alert(
            kind=given["kind"],
            limit=given["limit"],
            by_mail=given.get("by_mail", False),
            made_by=user,
        )
        if address := given["webhook"]:
            alert.keep_webhook(address, checked(address).host[:255], given["secret"])
        alert.save()
        return alert
