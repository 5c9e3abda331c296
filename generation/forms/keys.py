"""Adding keys."""

from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from generation.models import ApiKey, User
from generation.models.secrets import SecretUnreadable
from generation.people import key_members
from generation.people.access import may_add_team_keys


class SecretField(forms.CharField):
    def __init__(self, label: str, help_text: str) -> None:
        super().__init__(
            min_length=8,
            max_length=500,
            label=label,
            help_text=help_text,
            widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        )

    def clean(self, value: Any) -> str:
        secret = str(super().clean(value)).strip()
        if not secret.isascii() or any(character.isspace() for character in secret):
            raise ValidationError("A key has no spaces and only plain characters. Copy it again.")
        return secret


class KeyForm(forms.Form):
    label = forms.CharField(
        max_length=80, label="Label", help_text="So that people know which it is."
    )
    secret = SecretField(
        "Key",
        "Kept encrypted. Nobody can read it here again; only its last four characters are shown.",
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

    def clean_scope(self) -> str:
        return self.cleaned_data.get("scope") or "personal"

    def save(self) -> ApiKey:
        owner = None if self.cleaned_data["scope"] == "team" else self.user
        key = ApiKey(label=self.cleaned_data["label"], owner=owner)
        key.keep_secret(self.cleaned_data["secret"])
        key.save()
        return key


class RotateForm(forms.Form):
    """Another secret for a key."""

    secret = SecretField(
        "New secret",
        "The gateway is asked first: what it refuses is not kept. Nothing is made or charged.",
    )

    def __init__(self, *args: Any, key: ApiKey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"])
        with suppress(SecretUnreadable):
            if secret == self.key.reveal():
                raise ValidationError("This is the secret that it has already. Enter the new one.")
        return secret


ALL, LISTED = "all", "listed"


class MembersForm(forms.Form):
    """Who may spend on a team key."""

    who = forms.ChoiceField(
        choices=[(ALL, "The whole team"), (LISTED, "Only these members")],
        label="Open to",
        widget=forms.RadioSelect,
    )
    members = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Members",
        error_messages={"invalid_choice": "Choose members of the list."},
    )

    def __init__(self, *args: Any, key: ApiKey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(one.public_id): one for one in key_members.choices(key)}
        self.fields["members"].choices = [  # type: ignore[attr-defined]
            (pk, one.display_name if one.is_active else f"{one.display_name} (switched off)")
            for pk, one in self.by_id.items()
        ]

    @classmethod
    def of(cls, key: ApiKey) -> "MembersForm":
        listed = [str(pk) for pk in key.members.values_list("public_id", flat=True)]
        return cls(key=key, initial={"who": ALL if key.everyone else LISTED, "members": listed})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("who") == LISTED and not given.get("members") and "members" not in self.errors:
            self.add_error("members", "Choose who may spend on it, or switch the key off instead.")
        return given

    @property
    def everyone(self) -> bool:
        return bool(self.cleaned_data["who"] == ALL)

    @property
    def chosen(self) -> list[User]:
        """Kept as they are while the whole team may: so that they are there to come back to."""
        return [self.by_id[pk] for pk in self.cleaned_data["members"]]


class LimitForm(forms.Form):
    """How many tasks a key may have at the gateway at once; empty for what the settings say."""

    max_in_flight = forms.IntegerField(min_value=0, max_value=10_000, required=False)
