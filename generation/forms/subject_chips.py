"""Picked subjects as the composer shows them, and what was chosen of them for an earlier task."""

from dataclasses import dataclass

from django.http import QueryDict

from generation.lifecycle.enqueue import Input, SubjectInput
from generation.models import Image, Task

from .subject_choice import IMAGES, NO_VOICE, VOICE


@dataclass(frozen=True, slots=True)
class ChipImage:
    """One of a subject's images: its place, and whether it goes."""

    place: int
    given: Input
    goes: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """`voice` is for this task alone; `usual` the subject's own."""

    handle: str
    title: str
    thumbnail: Image | None
    images: list[ChipImage]
    voice: str
    usual: str

    @property
    def going(self) -> int:
        return sum(image.goes for image in self.images)


def chip(subject: SubjectInput, going: SubjectInput, choices: QueryDict) -> Chip:
    kept = list(going.inputs)
    return Chip(
        handle=subject.handle,
        title=subject.title,
        thumbnail=next((given.image for given in subject.inputs if given.image), None),
        images=[ChipImage(n, given, given in kept) for n, given in enumerate(subject.inputs)],
        voice=choices.get(VOICE + subject.handle, ""),
        usual=subject.voice_id,
    )


def chosen_before(task: Task) -> QueryDict:
    """What was chosen of the subjects of `task`, where they have not changed since."""
    said = QueryDict(mutable=True)
    given = task.subjects.select_related("version", "subject")
    for entry in given.prefetch_related("images", "version__images"):
        version, subject = entry.version, entry.subject
        if subject is None or version is None or version.number != subject.version:
            continue
        if entry.voice_id != version.voice_id:
            said[VOICE + entry.handle] = entry.voice_id or NO_VOICE
        went = {(one.image_id, one.url) for one in entry.images.all()}
        placed = version.images.all()
        places = [str(n) for n, one in enumerate(placed) if (one.image_id, one.url) in went]
        if len(places) < len(placed):
            said.setlist(IMAGES + entry.handle, places)
    return said
