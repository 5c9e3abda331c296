"""What a form says of each picked subject, for this task alone: its voice, and which images go."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.http import QueryDict

from generation.lifecycle.enqueue import Input, SubjectInput

VOICE, IMAGES = "voice.", "images."
"""Before a handle: names of fields that belong to that subject."""

NAME = re.compile(r"(voice|images)\.[a-z0-9_]{1,32}")
MAX_VOICE = 120
NO_VOICE = "none"
"""Instead of an id: the subject has no voice in this task."""


def is_of_subject(name: str) -> bool:
    return NAME.fullmatch(name) is not None


def chosen(subjects: Iterable[SubjectInput], data: QueryDict) -> list[SubjectInput]:
    return [_with_images(_with_voice(subject, data), data) for subject in subjects]


def choice_problems(subjects: Iterable[SubjectInput], data: QueryDict) -> Iterator[str]:
    for subject in subjects:
        if len(data.get(VOICE + subject.handle, "")) > MAX_VOICE:
            yield f"The voice of @{subject.handle} has more than {MAX_VOICE} characters."
        places = {str(place) for place in range(len(subject.inputs))}
        if not set(_places(subject, data)) <= places:
            yield f"An image of @{subject.handle} is no longer there. Choose its images again."


def _places(subject: SubjectInput, data: QueryDict) -> list[str]:
    return [place for place in data.getlist(IMAGES + subject.handle) if place]


def _with_voice(subject: SubjectInput, data: QueryDict) -> SubjectInput:
    voice = data.get(VOICE + subject.handle, "").replace("\0", "").strip()[:MAX_VOICE]
    if voice.lower() == NO_VOICE:
        return replace(subject, voice_id="")
    return replace(subject, voice_id=voice) if voice else subject


def _with_images(subject: SubjectInput, data: QueryDict) -> SubjectInput:
    wanted = set(_places(subject, data))
    going = [given for place, given in enumerate(subject.inputs) if str(place) in wanted]
    return of_inputs(subject, going) if going else subject


def of_inputs(subject: SubjectInput, inputs: list[Input]) -> SubjectInput:
    return replace(subject, images=[given.image or given.url for given in inputs])
