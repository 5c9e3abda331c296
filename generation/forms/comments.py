"""What somebody says about a result, and the moment of the film that it is about."""

import re
from typing import Any

from django import forms

from generation.models import Comment, Task

TIME = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,4}(?:[.,]\d{1,3})?)", re.ASCII)
ROUNDED = 0.1
"""Seconds that a time code, which has tenths, may be beyond the end."""


class CommentForm(forms.Form):
    text = forms.CharField(
        label="Comment",
        max_length=Comment.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Write something first.",
            "max_length": "A comment has at most 2,000 characters.",
        },
    )
    at = forms.CharField(label="At", max_length=20, required=False)

    def __init__(self, task: Task, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.length = length_of(task)

    def clean_at(self) -> float | None:
        """Seconds, from `62.5` or `1:02.5`."""
        text = self.cleaned_data["at"].strip()
        if not text or self.length is None:
            return None
        found = TIME.fullmatch(text)
        if found is None:
            raise forms.ValidationError("Write a time such as 0:03.2.")
        hours, minutes, seconds = found.groups(default="0")
        at = int(hours) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
        if at > self.length + ROUNDED:
            raise forms.ValidationError("The film is not that long.")
        return round(min(at, self.length), 3)


class GuestCommentForm(CommentForm):
    """Where somebody has to say first who they are."""

    name = forms.CharField(
        label="Your name",
        max_length=60,
        error_messages={
            "required": "Say who you are.",
            "max_length": "A name has at most 60 characters.",
        },
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


def length_of(task: Task) -> float | None:
    """Seconds of the first film that it has; None for pictures, which have no moments."""
    films = (one for one in task.outputs.all() if one.is_stored and one.kind == "video")
    return next((one.duration for one in films), None)
