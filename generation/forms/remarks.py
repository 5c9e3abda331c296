"""Stars, tags and notes on a result."""

from django import forms

from generation.models import Tag, Verdict, Visibility
from generation.models.remarks import STARS


class RatingForm(forms.Form):
    """0 takes the stars away."""

    rating = forms.TypedChoiceField(
        coerce=int,
        choices=[(number, str(number)) for number in (0, *STARS)],
        error_messages={
            "required": "Give 1 to 5 stars.",
            "invalid_choice": "Give 1 to 5 stars.",
        },
    )


class ReviewForm(forms.Form):
    """`none` takes it back, and becomes ""."""

    verdict = forms.TypedChoiceField(
        coerce=lambda value: "" if value == "none" else value,
        choices=[("none", "None"), *Verdict.choices],
        empty_value="",
        error_messages={
            "required": "Approve it, say that it needs work, or reject it.",
            "invalid_choice": "Approve it, say that it needs work, or reject it.",
        },
    )


class TagForm(forms.Form):
    tag = forms.CharField(
        max_length=400,
        label="Add a tag",
        error_messages={"required": "Write a tag, such as “hero shot”."},
    )

    def clean_tag(self) -> list[str]:
        """Several between commas, each in small letters."""
        given = (" ".join(part.split()).lstrip("#").strip() for part in self._parts())
        names = list(dict.fromkeys(name.lower() for name in given if name))
        if not names:
            raise forms.ValidationError("Write a tag, such as “hero shot”.")
        for name in names:
            if len(name) > Tag.LONGEST:
                raise forms.ValidationError(
                    f"“{name[:20]}…” is too long: a tag has at most {Tag.LONGEST} characters."
                )
        return names

    def _parts(self) -> list[str]:
        text: str = self.cleaned_data["tag"]
        return text.replace("，", ",").replace("、", ",").split(",")


class NoteForm(forms.Form):
    """An empty text takes the note away."""

    text = forms.CharField(
        required=False,
        label="Your note",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "A note has at most 2,000 characters."},
    )
    visibility = forms.ChoiceField(
        choices=Visibility.choices,
        initial=Visibility.TEAM,
        label="Read by",
        widget=forms.RadioSelect,
        error_messages={"required": "Say who reads it.", "invalid_choice": "Say who reads it."},
    )
