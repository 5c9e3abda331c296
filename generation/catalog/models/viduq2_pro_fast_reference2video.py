"""Vidu Q2 Pro Fast, reference to video: page 001."""

from .. import prices, timing
from ..rules import effective
from ..spec import Category, Forbids, Given, Ignores, Missing, ModelSpec, Values, VoiceWithoutAudio
from . import faults, parameters, rules


def typical_seconds(values: Values) -> float:
    return timing.typical(
        effective(SPEC, values),
        base=15,
        usual_duration=5,
        weights={"720p": 1.0, "1080p": 1.5},
    )


SPEC = ModelSpec(
    id="viduq2_pro_fast_reference2video",
    title="Q2 Pro Fast",
    place=40,
    category=Category.REFERENCE2VIDEO,
    summary="1 to 8 s, sound",
    about="Videos in which the same people and things stay recognisable.",
    output="video",
    parameters=(
        parameters.subjects(),
        parameters.prompt(
            "What should happen. Mention subjects as @name, such as “@anna greets @rex”.",
            required=True,
        ),
        parameters.duration(range(1, 9), default=5),
        parameters.resolution("720p", "1080p", default="720p"),
        parameters.aspect_ratio(
            "16:9",
            "9:16",
            "1:1",
            default="16:9",
            words="Shape of the video. Any width:height works, such as 21:9 or 2.39:1.",
            free=True,
        ),
        parameters.audio(),
        parameters.seed(),
        *parameters.watermark(),
        parameters.off_peak(),
        parameters.payload(),
        parameters.meta_data(),
        parameters.callback_url(),
    ),
    rules=(
        Forbids(
            Given("audio"),
            Missing("subjects"),
            "Sound needs Subjects. Pick at least one subject or turn Sound off.",
            code="008017001",
        ),
        Ignores(
            VoiceWithoutAudio("audio"),
            "subjects",
            "The voices of the subjects are heard only with Sound.",
        ),
        rules.NO_SOUND_OFF_PEAK,
        *rules.WATERMARK_DETAILS,
    ),
    errors=(
        faults.input_fault(
            "008017001",
            "Sound needs subjects",
            "Pick at least one subject or turn Sound off.",
        ),
        faults.input_fault(
            "008017002", "No subject was given", "Pick at least one subject and try again."
        ),
        faults.input_fault(
            "008017003",
            "The number of images was not accepted",
            f"Pick subjects that have 1 to {parameters.MOST_REFERENCES} images together.",
        ),
        faults.internal_error("008017095"),
        faults.result_unreadable("008017096"),
        faults.http_error("008017097"),
        faults.status_unknown("008017098"),
        faults.task_not_created("008017099"),
    ),
    list_price=prices.unpublished,
    cheapest=prices.UNKNOWN,
    typical_seconds=typical_seconds,
    # The page has no code for a wrong value, so its code for a refused task stands in.
    fault_codes={"": "008017099", "subjects": "008017003"},
    missing_codes={"subjects": "008017002"},
)
