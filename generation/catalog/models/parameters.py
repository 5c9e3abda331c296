"""Parameters that several models share, each with the words a member reads."""

from collections.abc import Iterable

from ..money import usd
from ..spec import USD_PER_CREDIT, Group, ImageLimits, Option, Parameter, ParameterKind

REFERENCE_LIMITS = ImageLimits(min_side=128)
MOST_REFERENCES = 7
"""Images, or subjects, of one request."""
UNAVAILABLE = "Marked as temporarily unavailable by the provider."
AUTO = "auto"


def _labelled(values: Iterable[str]) -> tuple[Option, ...]:
    return tuple(
        Option(value, value.capitalize() if value.isalpha() else value) for value in values
    )


def first_frame() -> Parameter:
    return Parameter(
        name="images",
        kind=ParameterKind.IMAGES,
        label="First frame",
        help="The video starts from this image. PNG, JPEG or WebP, up to 50 MB, "
        "between 1:4 and 4:1.",
        required=True,
        minimum=1,
        maximum=1,
        images=ImageLimits(),
    )


def reference_images() -> Parameter:
    return Parameter(
        name="images",
        kind=ParameterKind.IMAGES,
        label="Reference images",
        help=f"Up to {MOST_REFERENCES} images of what should look the same. Leave empty to make an image from "
        "the prompt alone. At least 128 x 128 pixels, up to 50 MB each.",
        minimum=0,
        maximum=MOST_REFERENCES,
        images=REFERENCE_LIMITS,
    )


def subjects() -> Parameter:
    return Parameter(
        name="subjects",
        kind=ParameterKind.SUBJECTS,
        label="Subjects",
        help=f"1 to {MOST_REFERENCES} people or things to keep alike, with {MOST_REFERENCES} images in total. "
        "Mention them in the prompt as @name.",
        required=True,
        minimum=1,
        maximum=MOST_REFERENCES,
        images=REFERENCE_LIMITS,
        most_images=MOST_REFERENCES,
    )


def mentions() -> Parameter:
    """Subjects of a model that knows images alone."""
    return Parameter(
        name="subjects",
        kind=ParameterKind.SUBJECTS,
        label="Subjects",
        help="People or things to keep alike. Mention them in the prompt as @name: their images join "
        "the reference images.",
        minimum=0,
        maximum=MOST_REFERENCES,
        images=REFERENCE_LIMITS,
        most_images=MOST_REFERENCES,
    )


def prompt(words: str, *, required: bool = False) -> Parameter:
    return Parameter(
        name="prompt",
        kind=ParameterKind.TEXT,
        label="Prompt",
        help=words,
        required=required,
        max_length=2000,
    )


def duration(seconds: Iterable[int], *, default: int) -> Parameter:
    return Parameter(
        name="duration",
        kind=ParameterKind.INTEGER,
        label="Duration",
        help="Length of the video.",
        default=default,
        options=tuple(Option(second, f"{second} s") for second in seconds),
    )


def resolution(*values: str, default: str, words: str = "") -> Parameter:
    return Parameter(
        name="resolution",
        kind=ParameterKind.CHOICE,
        label="Resolution",
        help=words or "More is sharper, slower and costs more.",
        default=default,
        options=_labelled(values),
    )


def aspect_ratio(*values: str, default: str, words: str, free: bool = False) -> Parameter:
    """`free` takes any width:height; the listed ones are then suggestions."""
    return Parameter(
        name="aspect_ratio",
        kind=ParameterKind.RATIO if free else ParameterKind.CHOICE,
        label="Aspect ratio",
        help=words,
        default=default,
        options=_labelled(values),
    )


def audio() -> Parameter:
    return Parameter(
        name="audio",
        kind=ParameterKind.BOOLEAN,
        label="Sound",
        help="Makes speech and background sound together with the video.",
        default=False,
    )


def voice_id() -> Parameter:
    return Parameter(
        name="voice_id",
        kind=ParameterKind.VOICE,
        label="Voice",
        help="Who speaks when Sound is on. Leave empty to let the model choose.",
    )


def is_rec(points: int | None = None) -> Parameter:
    """`points` is what it adds to a task, where the model's page says it (page 000 alone does)."""
    if points is None:
        cost = (
            "Costs additional points per task; the provider does not say how many for this model."
        )
    else:
        cost = f"Adds {points} points to the task: {usd(points * USD_PER_CREDIT)} at list price."
    return Parameter(
        name="is_rec",
        kind=ParameterKind.BOOLEAN,
        label="Recommended prompt",
        help=f"The model writes the prompt from your image and does not use yours. {cost}",
        default=False,
        group=Group.ADVANCED,
    )


def bgm() -> Parameter:
    return Parameter(
        name="bgm",
        kind=ParameterKind.BOOLEAN,
        label="Background music",
        help="Adds fitting music from the provider's library, as long as the video.",
        default=False,
        group=Group.ADVANCED,
    )


def movement_amplitude(words: str = "How strongly things in the scene move.") -> Parameter:
    return Parameter(
        name="movement_amplitude",
        kind=ParameterKind.CHOICE,
        label="Movement",
        help=words,
        default=AUTO,
        options=_labelled((AUTO, "small", "medium", "large")),
        group=Group.ADVANCED,
    )


def seed() -> Parameter:
    """0 and empty both mean random, so neither is ever sent."""
    return Parameter(
        name="seed",
        kind=ParameterKind.SEED,
        label="Seed",
        help="The same seed with the same values gives a similar result. "
        "0 or empty picks a random one.",
        default=0,
        group=Group.ADVANCED,
    )


def watermark() -> tuple[Parameter, Parameter, Parameter]:
    return (
        Parameter(
            name="watermark",
            kind=ParameterKind.BOOLEAN,
            label="Watermark",
            help="Marks the result as made by AI.",
            default=False,
            group=Group.ADVANCED,
        ),
        Parameter(
            name="wm_position",
            kind=ParameterKind.CORNER,
            label="Watermark position",
            help="The corner in which the watermark stands.",
            default=3,
            options=(
                Option(1, "Top left"),
                Option(2, "Top right"),
                Option(3, "Bottom right"),
                Option(4, "Bottom left"),
            ),
            group=Group.ADVANCED,
        ),
        Parameter(
            name="wm_url",
            kind=ParameterKind.URL,
            label="Watermark image address",
            help="Address of an image to use as the watermark instead of the provider's own.",
            group=Group.ADVANCED,
        ),
    )


def off_peak() -> Parameter:
    return Parameter(
        name="off_peak",
        kind=ParameterKind.BOOLEAN,
        label="Off-peak",
        help="Costs less and is made within 48 hours; what is not made by then is canceled "
        "and refunded.",
        default=False,
        group=Group.ADVANCED,
        unavailable=UNAVAILABLE,
    )


def payload() -> Parameter:
    return Parameter(
        name="payload",
        kind=ParameterKind.TEXT,
        label="Payload",
        help="Text of your own that travels with the task unchanged, spaces and line ends included.",
        max_length=1_048_576,
        verbatim=True,
        group=Group.ADVANCED,
    )


def meta_data() -> Parameter:
    return Parameter(
        name="meta_data",
        kind=ParameterKind.JSON,
        label="Metadata label",
        help="Label written into the file, as JSON. Leave empty for the provider's own.",
        group=Group.ADVANCED,
    )


def callback_url() -> Parameter:
    return Parameter(
        name="callback_url",
        kind=ParameterKind.URL,
        label="Callback address",
        help="Address that the provider calls when the task changes. It is not kept with the form.",
        group=Group.ADVANCED,
    )
