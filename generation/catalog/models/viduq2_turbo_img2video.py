"""Vidu Q2 Turbo, image to video: page 000."""

from .. import prices, timing
from ..rules import effective
from ..spec import Category, Ignores, Is, ModelSpec, Price, Values
from . import faults, parameters, rules

CREDITS: dict[str, tuple[int, ...]] = {
    "540p": (6, 8, 10, 12, 14, 16, 18, 20, 40, 60),
    "720p": (8, 10, 20, 30, 40, 50, 60, 70, 80, 90),
    "1080p": (35, 45, 55, 65, 75, 85, 95, 105, 115, 125),
}
"""Credits for 1 to 10 seconds by resolution."""

RECOMMENDED_POINTS = 10


def list_price(values: Values) -> Price:
    complete = effective(SPEC, values)
    row = CREDITS.get(prices.text(complete.get("resolution")), ())
    duration = prices.whole(complete.get("duration")) or 0
    credits = row[duration - 1] if 1 <= duration <= len(row) else None
    return prices.listed(credits, complete, recommended=RECOMMENDED_POINTS)


def typical_seconds(values: Values) -> float:
    return timing.typical(
        effective(SPEC, values),
        base=20,
        usual_duration=5,
        weights={"540p": 0.8, "720p": 1.0, "1080p": 1.5},
    )


SPEC = ModelSpec(
    id="viduq2_turbo_img2video",
    title="Q2 Turbo",
    place=10,
    category=Category.IMG2VIDEO,
    summary="1 to 10 s, sound",
    about="The everyday choice: quick videos of 1 to 10 seconds from one image.",
    output="video",
    parameters=(
        parameters.first_frame(),
        parameters.prompt("What should happen in the video. Optional."),
        parameters.duration(range(1, 11), default=5),
        parameters.resolution("540p", "720p", "1080p", default="720p"),
        parameters.audio(),
        parameters.voice_id(),
        parameters.is_rec(RECOMMENDED_POINTS),
        parameters.bgm(),
        parameters.movement_amplitude(
            "How strongly things in the scene move. Q2 models may take no notice of it."
        ),
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
        Ignores(Is("duration", (9, 10)), "bgm", "Has no effect at a Duration of 9 or 10 seconds."),
        *rules.WATERMARK_DETAILS,
    ),
    errors=(
        faults.prompt_missing("008007001"),
        faults.parameter_invalid("008007002"),
        faults.style_invalid("008007003"),
        faults.duration_invalid("008007004"),
        faults.resolution_invalid("008007005"),
        faults.internal_error("008007095"),
        faults.result_unreadable("008007096"),
        faults.http_error("008007097"),
        faults.status_unknown("008007098"),
        faults.service_unavailable("008007099"),
    ),
    list_price=list_price,
    cheapest=prices.price(6),
    typical_seconds=typical_seconds,
    fault_codes={"": "008007002", "duration": "008007004", "resolution": "008007005"},
)
