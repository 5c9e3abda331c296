"""Vidu 2.0, image to video: page 002."""

from .. import prices, timing
from ..rules import effective
from ..spec import Category, Is, ModelSpec, Narrows, Price, Values
from . import faults, parameters, rules

CREDITS: dict[tuple[int, str], int] = {
    (4, "360p"): 20,
    (4, "720p"): 40,
    (4, "1080p"): 100,
    (8, "720p"): 100,
}
"""Credits by duration and resolution."""


def list_price(values: Values) -> Price:
    complete = effective(SPEC, values)
    duration = prices.whole(complete.get("duration")) or 0
    resolution = prices.text(complete.get("resolution"))
    return prices.listed(CREDITS.get((duration, resolution)), complete)


def typical_seconds(values: Values) -> float:
    return timing.typical(
        effective(SPEC, values),
        base=60,
        usual_duration=4,
        weights={"360p": 1.0, "720p": 1.3, "1080p": 1.8},
    )


SPEC = ModelSpec(
    id="vidu20_img2video",
    title="Vidu 2.0",
    place=30,
    category=Category.IMG2VIDEO,
    summary="4 or 8 s, sound",
    about="The earlier generation: 4 seconds from 360p to 1080p, or 8 seconds at 720p.",
    output="video",
    parameters=(
        parameters.first_frame(),
        parameters.prompt("What should happen in the video. Optional."),
        parameters.duration((4, 8), default=4),
        parameters.resolution("360p", "720p", "1080p", default="360p"),
        parameters.audio(),
        parameters.voice_id(),
        parameters.is_rec(),
        parameters.bgm(),
        parameters.movement_amplitude(),
        parameters.seed(),
        *parameters.watermark(),
        parameters.off_peak(),
        parameters.payload(),
        parameters.callback_url(),
    ),
    rules=(
        Narrows(
            Is("duration", (8,)),
            "resolution",
            ("720p",),
            "720p",
            "Resolution must be 720p at a Duration of 8 seconds. Change one of the two.",
        ),
        rules.PROMPT_IGNORED,
        rules.VOICE_NEEDS_SOUND,
        rules.NO_SOUND_OFF_PEAK,
        *rules.WATERMARK_DETAILS,
    ),
    errors=(
        faults.image_missing("008005001"),
        faults.parameter_invalid("008005002"),
        faults.style_invalid("008005003"),
        faults.image_invalid("008005004"),
        faults.duration_invalid("008005005"),
        faults.resolution_invalid("008005006"),
        faults.generation_failed("008005098"),
        faults.service_unavailable("008005099"),
    ),
    list_price=list_price,
    cheapest=prices.price(20),
    typical_seconds=typical_seconds,
    fault_codes={
        "": "008005002",
        "images": "008005004",
        "duration": "008005005",
        "resolution": "008005006",
    },
    missing_codes={"images": "008005001"},
)
