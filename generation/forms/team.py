"""Inviting, accepting, and what admins set for a member."""

from typing import Any

from django import forms

from generation.models import Invitation, Role, User
from generation.people.invitations import DAYS, USUAL_DAYS

from .budgets import BudgetField
from .people import NewAccountForm

ON, OFF = ("1", "Can log in"), ("0", "Switched off")


class InviteForm(forms.Form):
    label = forms.CharField(
        max_length=80,
        required=False,
        label="Name",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        max_length=254,
        required=False,
        label="E-mail",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        choices=Role.choices,
        initial=Role.MEMBER,
        required=False,
        widget=forms.RadioSelect,
        help_text="Members make and share. Admins also see keys, people and spend.",
    )
    monthly_budget = BudgetField("USD; empty for none.")
    days = forms.TypedChoiceField(
        choices=[(n, "1 day" if n == 1 else f"{n} days") for n in DAYS],
        coerce=int,
        initial=USUAL_DAYS,
        required=False,
        label="Link works for",
    )

    def clean_role(self) -> str:
        return self.cleaned_data.get("role") or Role.MEMBER

    def clean_days(self) -> int:
        return self.cleaned_data.get("days") or USUAL_DAYS

    def clean_email(self) -> str:
        email = str(self.cleaned_data.get("email", ""))
        if email and User.objects.called(email):
            raise forms.ValidationError("Somebody of the team has this e-mail already.")
        return email

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("label") and not given.get("email") and not self.errors:
            self.add_error("label", "Enter a name or an e-mail, so that you know who it is for.")
        return given


class AcceptForm(NewAccountForm):
    """The account of whoever was invited; role and budget are the invitation's."""

    class Meta(NewAccountForm.Meta):
        model = User
        fields = ("username", "email")
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}

    def save_for(self, invitation: Invitation) -> User:
        user: User = super().save(commit=False)
        user.is_staff = invitation.role == Role.ADMIN
        user.monthly_budget = invitation.monthly_budget
        user.save()
        return user


class Switch(forms.ChoiceField):
    """On or off, in any of the usual words."""

    def to_python(self, value: Any) -> str:
        words = {"on": "1", "true": "1", "off": "0", "false": "0"}
        text = super().to_python(value)
        return words.get(text, text)


class MemberForm(forms.Form):
    """What is left out of a post stays as it is; an empty budget is none."""

    role = forms.ChoiceField(choices=Role.choices, required=False, widget=forms.RadioSelect)
    monthly_budget = BudgetField("USD; empty for none.")
    active = Switch(choices=[ON, OFF], required=False, label="Account", widget=forms.RadioSelect)

    def given(self, name: str) -> bool:
        return name in self.data


class HandOverForm(forms.Form):
    to = forms.ChoiceField(
        label="To",
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose a colleague of the list."
        ),
    )

    def __init__(self, *args: Any, colleagues: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = {str(one.public_id): one for one in colleagues}
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (key, one.display_name) for key, one in self.colleagues.items()
        ]

    @property
    def heir(self) -> User:
        return self.colleagues[self.cleaned_data["to"]]
