"""What a share link shall do."""

from django import forms

from generation.gallery.sharing import DAYS, USUAL_DAYS, Wish


class ShareForm(forms.Form):
    days = forms.TypedChoiceField(
        label="Ends after",
        choices=[(days, "1 day" if days == 1 else f"{days} days") for days in DAYS],
        coerce=int,
        initial=USUAL_DAYS,
    )
    password = forms.CharField(
        label="Password",
        min_length=8,
        max_length=200,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Without one, whoever has the link is let in.",
        error_messages={"min_length": "Take 8 characters or more, or leave it empty."},
    )
    texts = forms.BooleanField(label="Show titles, notes and prompts", required=False)
    names = forms.BooleanField(label="Show who made it", required=False)

    comments = forms.BooleanField(
        label="Guests may comment",
        required=False,
        help_text="Under a name that they type. They see what guests of this link say, and nothing of the team’s.",
    )

    def wish(self) -> Wish:
        return Wish(**self.cleaned_data)


class GuestForm(forms.Form):
    password = forms.CharField(
        label="Password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": ""}),
        error_messages={"required": "Enter the password that you were given."},
    )
