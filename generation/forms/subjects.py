"""What people say of a subject, checked: the library saves it."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import QueryDict

from generation.catalog import MODELS
from generation.library.handles import WRONG, bare, free_handle, taken
from generation.library.subjects import Content
from generation.lifecycle.enqueue import Input
from generation.models import Subject, User, Visibility

from .addresses import address_lines, address_problems
from .chosen import chosen_inputs, keep_uploads, shape_problems
from .fields import FilesField, FilesInput

MAX_IMAGES = 3
LIMITS = next(spec.parameter("subjects") for spec in MODELS.values() if spec.has("subjects"))

TAKEN_NOW = "This handle was taken a moment ago. Choose another handle."
FORMATS = "image/png,image/jpeg,image/webp"


class HandleField(forms.CharField):
    """With or without its @."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
        super().__init__(max_length=33, widget=forms.TextInput(attrs=attrs), **kwargs)
        self.validators.append(RegexValidator(r"\A[a-z0-9_]{1,32}\Z", WRONG))

    def to_python(self, value: Any) -> str:
        return bare(str(super().to_python(value) or ""))


class SubjectForm(forms.Form):
    """A subject with its images. Images found good are kept even when the form is refused."""

    title = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    handle = HandleField(
        help_text="How prompts mention it: @handle. Small letters, digits and underscores."
    )
    notes = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    voice_id = forms.CharField(
        required=False,
        label="Voice",
        max_length=120,
        help_text="A voice id; used when a video is made with sound. Empty: chosen by the model.",
        widget=forms.TextInput(attrs={"list": "voices", "data-voices": "", "autocomplete": "off"}),
    )
    visibility = forms.ChoiceField(
        required=False, choices=Visibility.choices, widget=forms.RadioSelect
    )
    images = FilesField(
        required=False,
        label="Images",
        help_text="1 to 3 images, png, jpeg or webp, at least 128 × 128 pixels.",
        widget=FilesInput(attrs={"multiple": True, "accept": FORMATS}),
    )
    image_urls = forms.CharField(required=False, label="Image addresses", max_length=20_000)
    based_on = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, user: User, subject: Subject | None = None, **kwargs: Any
    ) -> None:
        initial = _said_by(subject) if subject else {"visibility": user.default_visibility}
        kwargs["initial"] = initial | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.user, self.subject = user, subject
        self.missed: list[str] = []
        self.kept: list[Input] = self._kept_before()

    def _kept_before(self) -> list[Input]:
        """Uploads and addresses in their order, without the addresses that stand below them."""
        if not self.is_bound:
            return list(self.initial.get("kept", []))
        kept, self.missed = chosen_inputs(self.user, self.data.getlist("image_ids"))  # type: ignore[attr-defined]
        return kept

    @property
    def address_text(self) -> str:
        return str(self["image_urls"].value() or "")

    def clean_visibility(self) -> str:
        before = self.subject.visibility if self.subject else self.user.default_visibility
        return self.cleaned_data.get("visibility") or before

    def clean_images(self) -> list[Input]:
        fresh, problems = keep_uploads(self.cleaned_data.get("images") or [], self.user, LIMITS)
        self.kept = list(dict.fromkeys([*self.kept, *(Input(image=image) for image in fresh)]))
        uploads = [given.image for given in self.kept if given.image]
        addresses = [given.url for given in self.kept if not given.image]
        problems += [*self.missed, *shape_problems(uploads, self.user, LIMITS)]
        problems += address_problems(addresses, MAX_IMAGES)
        if problems:
            raise ValidationError(problems)
        return self.kept

    def clean_image_urls(self) -> list[str]:
        addresses = address_lines(self.cleaned_data.get("image_urls", ""))
        if problems := list(address_problems(addresses, MAX_IMAGES)):
            raise ValidationError(problems)
        return addresses

    def clean(self) -> dict[str, Any]:
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
        owner = self.subject.owner if self.subject else self.user
        if problem := taken(handle, visibility, owner, self.user, but=self.subject):
            self.add_error("handle", problem)

    @property
    def suggested_handle(self) -> str:
        given = bare(str(self["handle"].value() or ""))
        if not (self.is_bound and given and "handle" in self.errors):
            return ""
        visibility = self.cleaned_data.get("visibility", Visibility.TEAM)
        owner = self.subject.owner if self.subject else self.user
        return free_handle(given, visibility, owner, but=self.subject)

    @property
    def content(self) -> Content:
        cleaned = self.cleaned_data
        urls = [Input(url=url) for url in cleaned["image_urls"]]
        return Content(
            handle=cleaned["handle"],
            title=cleaned["title"],
            notes=cleaned["notes"].replace("\r\n", "\n"),
            voice_id=cleaned["voice_id"],
            visibility=cleaned["visibility"],
            inputs=[*self.kept, *urls],
        )

    def changed_meanwhile(self, message: str, current: int) -> None:
        """Says so, keeps what was typed, and lets the next press put it over the other's."""
        self.add_error(None, f"{message} Look at it, then save again to put yours over it.")
        typed = cast(QueryDict, self.data).copy()
        typed["based_on"] = str(current)
        self.data = typed


def _said_by(subject: Subject) -> dict[str, Any]:
    placed = list(subject.images.select_related("image"))
    fields = ("handle", "title", "notes", "voice_id", "visibility")
    return {name: getattr(subject, name) for name in fields} | {
        "kept": [Input(image=given.image, url=given.url) for given in placed],
        "based_on": subject.version,
    }


class ProposalForm(SubjectForm):
    """A change of somebody else's subject: its handle and who sees it stay."""

    note = forms.CharField(
        required=False,
        max_length=500,
        label="Why",
        help_text="For whoever decides.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, user: User, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, user=user, subject=subject, **kwargs)
        del self.fields["handle"], self.fields["visibility"]

    @property
    def content(self) -> Content:
        assert self.subject is not None
        self.cleaned_data |= {
            "handle": self.subject.handle,
            "visibility": self.subject.visibility,
        }
        return super().content


class AnswerForm(forms.Form):
    """What the owner says to a proposed change."""

    answer = forms.CharField(required=False, max_length=500)


class RestoreForm(forms.Form):
    """Takes a subject back into the library, under another handle if its own was taken."""

    handle = HandleField()

    def __init__(self, *args: Any, user: User, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.subject = user, subject

    def clean(self) -> dict[str, Any]:
        subject, handle = self.subject, self.cleaned_data.get("handle")
        if handle and (
            problem := taken(handle, subject.visibility, subject.owner, self.user, but=subject)
        ):
            self.add_error("handle", problem)
        return self.cleaned_data
