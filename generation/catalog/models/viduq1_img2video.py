"""Vidu Q1, image to video: page 003."""

from .. import prices, timing
from ..rules import effective
from ..spec import Category, ErrorCode, ModelSpec, Price, Responsible, Values
from . import faults, parameters, rules

CREDITS = 80
"""The one price of a Q1 video."""


def list_price(values: Values) -> Price:
    return prices.listed(CREDITS, effective(SPEC, values))


def typical_seconds(values: Values) -> float:
    return timing.typical(effective(SPEC, values), base=45, usual_duration=5, weights={})


SPEC = ModelSpec(
    id="viduq1_img2video",
    title="Q1",
    place=20,
    category=Category.IMG2VIDEO,
    summary="5 s at 1080p, sound",
    about="Smooth motion in 5 seconds at 1080p, when quality matters more than price.",
    output="video",
    parameters=(
        parameters.first_frame(),
        parameters.prompt("What should happen in the video. Optional."),
        parameters.duration((5,), default=5),
        parameters.resolution("1080p", default="1080p", words="Q1 always makes 1080p."),
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
        rules.PROMPT_IGNORED,
        rules.VOICE_NEEDS_SOUND,
        rules.NO_SOUND_OFF_PEAK,
        *rules.WATERMARK_DETAILS,
    ),
    errors=(
        ErrorCode(
            "0", "The provider names no error", Responsible.PROVIDER, True, faults.AGAIN_OR_CHANGE
        ),
        faults.image_missing("8008003001"),
        faults.parameter_invalid("8008003002"),
        faults.style_invalid("8008003003"),
        faults.image_invalid("8008003004"),
        faults.generation_failed("8008003098"),
        faults.service_unavailable("8008003099"),
    ),
    list_price=list_price,
    cheapest=prices.price(CREDITS),
    typical_seconds=typical_seconds,
    fault_codes={"": "8008003002", "images": "8008003004"},
    missing_codes={"images": "8008003001"},
)
