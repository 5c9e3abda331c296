"""Logging in and the first admin."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm, PasswordChangeForm
from django.core.files.uploadedfile import UploadedFile

from generation import first_run
from generation.media.images import BadImage
from generation.models import DigestEvery, User
from generation.people import digests
from generation.people.portraits import keep_portrait, read_portrait, remove_portrait


class LoginForm(AuthenticationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name or e-mail"

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "Name or password is wrong. Check both; capitals matter in the password.",
    }


class ForgottenForm(forms.Form):
    username = forms.CharField(
        max_length=300,
        label="Name or e-mail",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )


class NewPasswordForm(PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # It is one form of several on its page: the page begins at its top.
        self.fields["old_password"].widget.attrs.pop("autofocus")


class ProfileForm(forms.ModelForm):
    """What a member sets for themselves."""

    picture = forms.FileField(
        required=False,
        label="Picture",
        help_text="PNG, JPEG or WebP. Its middle is shown, as a square.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    remove_picture = forms.BooleanField(required=False, label="Remove the picture")
    time_zone = forms.ChoiceField(required=False, label="Time zone")
    hover_play = forms.BooleanField(
        required=False, label="Play films while the pointer rests on them"
    )
    single_keys = forms.BooleanField(
        required=False,
        label="Single keys lead, such as F and D",
        help_text="Never while you type. Switch them off if you dictate, or press keys by chance.",
    )

    mail_notices = forms.BooleanField(required=False, label="Notices by e-mail too")
    digest = forms.ChoiceField(
        required=False,
        choices=DigestEvery.choices,
        label="A digest by e-mail",
        help_text="At 8:00 in your time zone: what is ready or failed of your own, what it cost, and unread notices.",
    )

    class Meta:
        model = User
        fields = [
            "first_name",
            "time_zone",
            "theme",
            "default_visibility",
            "hover_play",
            "single_keys",
            "mail_notices",
            "digest",
        ]
        labels = {"first_name": "Name", "default_visibility": "New work is seen by"}
        help_texts = {"first_name": "As colleagues see it."}
        widgets = {"first_name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            ("", "As the browser says"),
            *((name, name.replace("_", " ")) for name in _zones()),
        ]
        self.initial["first_name"] = self.instance.get_full_name()
        if not settings.SENDS_MAIL:
            del self.fields["mail_notices"]
        elif not self.instance.email:
            self.fields["mail_notices"].disabled = True
            self.fields["mail_notices"].help_text = "An admin has to enter your address first."
        if not (digests.offered() and self.instance.email):
            del self.fields["digest"]

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if "picture" not in field.name]

    def clean_digest(self) -> str:
        return self.cleaned_data["digest"] or self.instance.digest

    def clean_picture(self) -> bytes | None:
        file: UploadedFile | None = self.cleaned_data.get("picture")
        if file is None:
            return None
        try:
            return read_portrait(file)  # type: ignore[arg-type]
        except BadImage as problem:
            raise forms.ValidationError(f"{file.name}: {problem}") from problem

    def save(self, commit: bool = True) -> User:
        """Only what is on the form: the row is others' to write too. Raises OSError."""
        self.instance.last_name = ""
        if commit:
            if portrait := self.cleaned_data["picture"]:
                keep_portrait(self.instance, portrait)
            elif self.cleaned_data["remove_picture"]:
                remove_portrait(self.instance)
            names = [name for name in self.fields if "picture" not in name]
            self.instance.save(update_fields=[*names, "last_name"])
        return self.instance


@cache
def _zones() -> list[str]:
    return sorted(name for name in available_timezones() if "/" in name and "Etc/" not in name)


class NewAccountForm(BaseUserCreationForm):
    """What is wrong with a password is said where it was chosen, not where it was repeated."""

    def validate_password_for_user(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().validate_password_for_user(user, "password1")  # type: ignore[misc]


class SetupForm(NewAccountForm):
    """The first admin. `token` is the one-time token printed on the console."""

    token = forms.CharField(label="Set-up token", help_text="Printed where viduweb was started.")

    class Meta(NewAccountForm.Meta):
        model = User
        fields = ("username", "email")
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}

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
