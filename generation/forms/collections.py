"""A collection's title, notes, and who sees it."""

from typing import Any

from django import forms

from generation.models import Collection, User, Visibility


class CollectionForm(forms.ModelForm):
    visibility = forms.ChoiceField(
        label="Who sees it",
        choices=[(Visibility.PRIVATE, "Only its owner"), (Visibility.TEAM, "The whole team")],
        help_text="Of a team’s collection each member sees what they may see anyway.",
        required=False,
    )

    class Meta:
        model = Collection
        fields = ("title", "notes", "visibility")
        widgets = {"notes": forms.Textarea(attrs={"rows": 3})}
        error_messages = {"title": {"required": "Give the collection a title."}}

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.owner = self.instance.owner if self.instance.owner_id else owner

    def clean_title(self) -> str:
        title = " ".join(str(self.cleaned_data["title"]).split())
        others = Collection.objects.filter(owner=self.instance.owner_id, title=title)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is a collection of this title already.")
        return title

    def clean_visibility(self) -> str:
        return str(self.cleaned_data.get("visibility") or Visibility.PRIVATE)
