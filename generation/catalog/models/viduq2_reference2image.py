"""Vidu Q2, reference or text to image: page 004."""

from .. import prices, timing
from ..rules import effective
from ..spec import Category, Forbids, Is, Missing, ModelSpec, Values
from . import faults, parameters


def typical_seconds(values: Values) -> float:
    return timing.typical(
        effective(SPEC, values),
        base=15,
        usual_duration=1,
        weights={"1080p": 1.0, "2K": 1.3, "4K": 1.8},
    )


SPEC = ModelSpec(
    id="viduq2_reference2image",
    title="Q2 Image",
    place=50,
    category=Category.REFERENCE2IMAGE,
    summary="1080p to 4K",
    about="Still images up to 4K, from words alone or "
    f"with up to {parameters.MOST_REFERENCES} reference images.",
    output="image",
    parameters=(
        parameters.reference_images(),
        parameters.prompt("What the image should show.", required=True),
        parameters.resolution("1080p", "2K", "4K", default="1080p"),
        parameters.aspect_ratio(
            parameters.AUTO,
            "16:9",
            "9:16",
            "1:1",
            "3:4",
            "4:3",
            "21:9",
            "2:3",
            "3:2",
            default="16:9",
            words="Shape of the image. Auto keeps the shape of the first reference image.",
        ),
        parameters.seed(),
        parameters.payload(),
        parameters.callback_url(),
    ),
    rules=(
        Forbids(
            Missing("images"),
            Is("aspect_ratio", (parameters.AUTO,)),
            "Aspect ratio Auto follows the first of the Reference images. "
            "Add an image or pick another ratio.",
        ),
    ),
    errors=(
        faults.input_fault(
            "008023001",
            "No image was given",
            "Add at least one reference image and try again.",
        ),
        faults.input_fault(
            "008023002",
            "The number of images was not accepted",
            f"Use 1 to {parameters.MOST_REFERENCES} reference images.",
        ),
        faults.prompt_missing("008023003"),
        faults.internal_error("008023095"),
        faults.result_unreadable("008023096"),
        faults.http_error("008023097"),
        faults.status_unknown("008023098"),
        faults.task_not_created("008023099"),
    ),
    list_price=prices.unpublished,
    cheapest=prices.UNKNOWN,
    typical_seconds=typical_seconds,
    # The page has no code for a wrong value, so its code for a refused task stands in.
    fault_codes={"": "008023099", "images": "008023002"},
    missing_codes={"prompt": "008023003"},
    mentions=parameters.mentions(),
)
