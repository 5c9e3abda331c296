"""Second factors: codes and passkeys."""

from django import forms


def _code(**attrs: str) -> forms.TextInput:
    return forms.TextInput(
        attrs={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}
        | attrs
    )


class AppForm(forms.Form):
    """The first code of an app that has just read the picture."""

    code = forms.CharField(
        max_length=16,
        label="Code of the app",
        help_text="Six digits; another one comes every half minute.",
        widget=_code(inputmode="numeric"),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=32,
        label="Code",
        help_text="Six digits of your app, or one of your recovery codes.",
        widget=_code(autofocus=""),
    )


class ConfirmForm(forms.Form):
    password = forms.CharField(
        max_length=4096,
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": ""}),
    )


class PasskeyForm(forms.Form):
    name = forms.CharField(
        max_length=60,
        required=False,
        label="Name of the passkey",
        help_text="So that you know it again: “Phone”, say.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    passkey = forms.CharField(required=False, widget=forms.HiddenInput)
