"""Creating and changing subjects."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from generation.catalog import get_model
from generation.lifecycle.enqueue import Input
from generation.models import Image, Subject, SubjectImage, User, Visibility

from .addresses import address_lines, address_problems
from .chosen import chosen_images, keep_uploads
from .fields import FilesField, FilesInput

MAX_IMAGES = 3
LIMITS = get_model("viduq2_pro_fast_reference2video").parameter("subjects")


TAKEN_NOW = "This handle was taken a moment ago. Choose another handle."


def bare(handle: str) -> str:
    return handle.strip().lstrip("@")


def taken(handle: str, visibility: str, owner: User, asked_by: User, *, but: Subject) -> str:
    """Why `owner` cannot have the handle; "" if nothing speaks against it.

    It is unique among the owner's own and, if the team is to see it, among the team's. Private
    subjects of others are not looked at: nothing here tells that they exist.
    """
    others = Subject.objects.current().filter(handle=handle).exclude(pk=but.pk)
    if others.filter(owner=owner).exists():
        whose = "You have" if owner == asked_by else f"{owner.username} has"
        return f"{whose} a subject @{handle} already. Choose another handle."
    if visibility == Visibility.TEAM and others.filter(visibility=visibility).exists():
        return f"The team has a subject @{handle} already. Choose another handle."
    return ""


class SubjectForm(forms.ModelForm):
    """A subject with its images. Images found good are kept even when the form is refused."""

    images = FilesField(
        required=False,
        label="Images",
        help_text="1 to 3 images, png, jpeg or webp, at least 128 × 128 pixels.",
        widget=FilesInput(attrs={"multiple": True, "accept": "image/png,image/jpeg,image/webp"}),
    )

    image_urls = forms.CharField(required=False, label="Image addresses", max_length=20_000)

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
        self.missed: list[str] = []
        self.kept: list[Image] = self._kept_before()
        self.initial.setdefault("image_urls", self._addresses_before())
        self.fields["visibility"].required = False

    def _kept_before(self) -> list[Image]:
        if not self.is_bound:
            if self.instance.created_at is None:
                return []
            shots = self.instance.images.select_related("image")
            return [entry.image for entry in shots if entry.image]
        kept, self.missed = chosen_images(self.user, self.data.getlist("image_ids"))  # type: ignore[attr-defined]
        return kept

    def _addresses_before(self) -> str:
        if self.instance.created_at is None:
            return ""
        return "\n".join(given.url for given in self.instance.images.all() if given.url)

    @property
    def address_text(self) -> str:
        """What the field of addresses shows."""
        return str(self["image_urls"].value() or "")

    def clean_handle(self) -> str:
        return bare(self.cleaned_data["handle"])

    def clean_visibility(self) -> str:
        return self.cleaned_data.get("visibility") or self.user.default_visibility

    def clean_images(self) -> list[Image]:
        fresh, problems = keep_uploads(self.cleaned_data.get("images") or [], self.user, LIMITS)
        self.kept = list(dict.fromkeys([*self.kept, *fresh]))
        if problems or self.missed:
            raise ValidationError([*problems, *self.missed])
        return self.kept

    def clean_image_urls(self) -> list[str]:
        addresses = address_lines(self.cleaned_data.get("image_urls", ""))
        if problems := list(address_problems(addresses, MAX_IMAGES)):
            raise ValidationError(problems)
        return addresses

    def clean(self) -> dict[str, Any]:
        """Without the model's own checks of its constraints, which know no owner."""
        cleaned = self.cleaned_data
        if "images" in cleaned and "image_urls" in cleaned:
            count = len(self.kept) + len(cleaned["image_urls"])
            if not 1 <= count <= MAX_IMAGES:
                self.add_error(
                    "images", f"A subject has 1 to {MAX_IMAGES} images; this one has {count:,}."
                )
        if "handle" in cleaned and "visibility" in cleaned:
            self._check_handle(cleaned["handle"], cleaned["visibility"])
        return cleaned

    def _check_handle(self, handle: str, visibility: str) -> None:
        owner = self.instance.owner if self.instance.created_at else self.user
        if problem := taken(handle, visibility, owner, self.user, but=self.instance):
            self.add_error("handle", problem)

    def save_or_refuse(self) -> Subject | None:
        """The saved subject; None, with an error, when its handle was taken a moment ago."""
        try:
            return self.save()
        except IntegrityError:
            self.add_error("handle", TAKEN_NOW)
            return None

    def save(self, commit: bool = True) -> Subject:
        subject: Subject = super().save(commit=False)
        with transaction.atomic():
            if subject.created_at is None:
                subject.owner = self.user
            else:
                subject.version += 1
            subject.save()
            urls = self.cleaned_data["image_urls"]
            inputs = [Input(image=image) for image in self.kept] + [Input(url=url) for url in urls]
            subject.images.all().delete()
            SubjectImage.objects.bulk_create(
                SubjectImage(subject=subject, image=given.image, url=given.url, position=position)
                for position, given in enumerate(inputs)
            )
        return subject


class RestoreForm(forms.ModelForm):
    """Takes a subject back into the library, under another handle if its own was taken."""

    class Meta:
        model = Subject
        fields = ["handle"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_handle(self) -> str:
        return bare(self.cleaned_data["handle"])

    def clean(self) -> dict[str, Any]:
        """Without the model's own checks of its constraints, which know no owner."""
        subject, handle = self.instance, self.cleaned_data.get("handle")
        if handle and (
            problem := taken(handle, subject.visibility, subject.owner, self.user, but=subject)
        ):
            self.add_error("handle", problem)
        return self.cleaned_data

    def restore_or_refuse(self) -> bool:
        """False, with an error, when the handle was taken a moment ago."""
        self.instance.archived_at = None
        try:
            with transaction.atomic():
                self.instance.save(update_fields=["handle", "archived_at", "updated_at"])
        except IntegrityError:
            self.add_error("handle", TAKEN_NOW)
            return False
        return True
