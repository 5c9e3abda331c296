"""Logging in and the first admin."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm

from generation import first_run
from generation.models import User


class LoginForm(AuthenticationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name or e-mail"

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "Name or password is wrong. Check both; capitals matter in the password.",
    }


class SetupForm(BaseUserCreationForm):
    """The first admin. `token` is the one-time token printed on the console."""

    token = forms.CharField(label="Set-up token", help_text="Printed where viduweb was started.")

    class Meta:
        model = User
        fields = ["username", "email"]

    field_order = ["token", "username", "email", "password1", "password2"]

    def clean_token(self) -> str:
        token = str(self.cleaned_data["token"])
        if not first_run.token_is_right(token):
            raise forms.ValidationError(
                "This is not the token printed on the console. Copy the whole link from there."
            )
        return token

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        user.is_staff = user.is_superuser = True
        if commit:
            user.save()
        return user
