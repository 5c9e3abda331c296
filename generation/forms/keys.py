"""Adding keys."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from generation.models import ApiKey, User
from generation.people.access import may_add_team_keys


class KeyForm(forms.Form):
    label = forms.CharField(
        max_length=80, label="Label", help_text="So that people know which it is."
    )
    secret = forms.CharField(
        min_length=8,
        max_length=500,
        label="Key",
        help_text="Kept encrypted. Nobody can read it here again; only its last four characters are shown.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    scope = forms.ChoiceField(
        choices=[("personal", "Only me"), ("team", "The whole team")],
        label="Who may spend on it",
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        team = may_add_team_keys(user)
        if not team:
            self.fields["scope"].choices = [("personal", "Only me")]  # type: ignore[attr-defined]
        self.fields["scope"].initial = "team" if team else "personal"

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"]).strip()
        if not secret.isascii() or any(character.isspace() for character in secret):
            raise ValidationError("A key has no spaces and only plain characters. Copy it again.")
        return secret

    def clean_scope(self) -> str:
        return self.cleaned_data.get("scope") or "personal"

    def save(self) -> ApiKey:
        owner = None if self.cleaned_data["scope"] == "team" else self.user
        key = ApiKey(label=self.cleaned_data["label"], owner=owner)
        key.keep_secret(self.cleaned_data["secret"])
        key.save()
        return key


class LimitForm(forms.Form):
    """How many tasks a key may have at the gateway at once; empty for what the settings say."""

    max_in_flight = forms.IntegerField(min_value=0, max_value=10_000, required=False)
