"""A short text for prompts: a new one, or one that is changed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from generation.models import Snippet, User, Visibility

MOST = 200
"""Snippets of one member."""


class SnippetForm(forms.Form):
    text = forms.CharField(max_length=300, label="Text")
    scope = forms.ChoiceField(
        choices=[(Visibility.PRIVATE, "Only me"), (Visibility.TEAM, "The whole team")],
        label="Who may use it",
        widget=forms.RadioSelect,
        initial=Visibility.PRIVATE,
    )

    def __init__(
        self, *args: Any, user: User, snippet: Snippet | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.snippet = user, snippet

    def clean(self) -> dict[str, Any]:
        if self.snippet is None and Snippet.objects.filter(owner=self.user).count() >= MOST:
            raise ValidationError(f"You have {MOST} snippets. Delete one first.")
        return self.cleaned_data

    def save(self) -> None:
        snippet = self.snippet or Snippet(owner=self.user)
        snippet.text = self.cleaned_data["text"]
        snippet.visibility = self.cleaned_data["scope"]
        snippet.save()
