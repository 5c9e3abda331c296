"""Creating and changing subjects."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from generation.catalog import get_model
from generation.models import Image, Subject, SubjectImage, User

from .fields import FilesField, FilesInput
from .inputs import keep_uploads

MAX_IMAGES = 3
LIMITS = get_model("viduq2_pro_fast_reference2video").parameter("subjects")


class SubjectForm(forms.ModelForm):
    """A subject with its images. Images found good are kept even when the form is refused."""

    images = FilesField(
        required=False,
        label="Images",
        help_text="1 to 3 images, png, jpeg or webp, at least 128 × 128 pixels.",
        widget=FilesInput(attrs={"multiple": True, "accept": "image/png,image/jpeg,image/webp"}),
    )

    class Meta:
        model = Subject
        fields = ["handle", "title", "notes", "voice_id", "visibility"]
        labels = {"voice_id": "Voice"}
        help_texts = {
            "handle": "How prompts mention it: @handle. Small letters, digits and underscores.",
            "voice_id": "A voice id; used when a video is made with sound. Empty: chosen by the model.",
        }
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 3}),
            "visibility": forms.RadioSelect,
            "handle": forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
            "voice_id": forms.TextInput(attrs={"list": "voices"}),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.kept: list[Image] = self._kept_before()
        self.fields["visibility"].required = False

    def _kept_before(self) -> list[Image]:
        if not self.is_bound:
            if self.instance.created_at is None:
                return []
            return [entry.image for entry in self.instance.images.select_related("image")]
        wanted = []
        for text in self.data.getlist("kept")[:10]:  # type: ignore[attr-defined]
            try:
                wanted.append(UUID(text))
            except ValueError:
                continue
        found = Image.objects.visible_to(self.user).in_bulk(wanted)
        return [found[pk] for pk in dict.fromkeys(wanted) if pk in found]

    def clean_handle(self) -> str:
        return str(self.cleaned_data["handle"]).strip().lstrip("@")

    def clean_visibility(self) -> str:
        return self.cleaned_data.get("visibility") or self.user.default_visibility

    def clean_images(self) -> list[Any]:
        fresh, problems = keep_uploads(self.cleaned_data.get("images") or [], self.user, LIMITS)
        self.kept = list(dict.fromkeys([*self.kept, *fresh]))
        if problems:
            raise ValidationError(problems)
        if not 1 <= len(self.kept) <= MAX_IMAGES:
            raise ValidationError(
                f"A subject has 1 to {MAX_IMAGES} images; this one has {len(self.kept)}."
            )
        return self.kept

    def save(self, commit: bool = True) -> Subject:
        subject: Subject = super().save(commit=False)
        with transaction.atomic():
            if subject.created_at is None:
                subject.owner = self.user
            else:
                subject.version += 1
            subject.save()
            subject.images.all().delete()
            SubjectImage.objects.bulk_create(
                SubjectImage(subject=subject, image=image, position=position)
                for position, image in enumerate(self.kept)
            )
        return subject
