"""Where messages go that the app sends to programs of others."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from generation.media.guard import Forbidden
from generation.media.posting import checked, doors
from generation.models import News, User, Webhook
from generation.models.webhook import WithWebhook
from generation.people.team_news import newest

SECRET = 16


class WebhookFields(forms.Form):
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

    def clean_webhook(self) -> str:
        address = str(self.cleaned_data["webhook"])
        if address:
            try:
                checked(address, doors(address))
            except Forbidden as why:
                raise ValidationError(f"No message can go there: {why}.") from None
        return address

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("secret") and not given.get("webhook") and not self.errors:
            self.add_error("webhook", "The secret signs messages of a webhook: give its address.")
        return given

    def keep_webhook(self, row: WithWebhook) -> None:
        address = self.cleaned_data["webhook"]
        host = checked(address, doors(address)).host
        row.keep_webhook(address, host[:255], self.cleaned_data["secret"])


class WebhookForm(WebhookFields):
    name = forms.CharField(
        max_length=80, label="Name", help_text="As you will know it: #results, say."
    )
    news = forms.MultipleChoiceField(
        choices=News.choices,
        label="It tells of",
        widget=forms.CheckboxSelectMultiple,
        initial=[News.READY, News.FAILED],
        error_messages={"required": "Choose what it tells of."},
    )
    field_order = ["name", "webhook", "secret", "news"]

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["webhook"].required = True
        self.fields["webhook"].label = "Address"

    def save(self, user: User) -> Webhook:
        given = self.cleaned_data
        hook = Webhook(name=given["name"], news=given["news"], made_by=user, seen=newest())
        self.keep_webhook(hook)
        hook.save()
        return hook
