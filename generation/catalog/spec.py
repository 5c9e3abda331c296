"""The types in which the catalogue is written: a model, its parameters, its rules.

Everything else is derived from these: the form, the checks, the request body,
the price, the sandbox's own validation and the table in the docs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

Values = Mapping[str, Any]
"""Parameters by the gateway's name, as Python values ready for JSON.

`images` is a list (its items are not looked at), `subjects` a list of
``{"id": str, "images": list, "voice_id"?: str}``. What the member left alone is absent.
"""

USD_PER_CREDIT = Decimal("0.005")
"""One Vidu credit in USD (docs/gateway.md)."""


class ParameterKind(StrEnum):
    """What a parameter holds, hence how it is shown, checked and sent."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    RATIO = "ratio"
    SEED = "seed"
    VOICE = "voice"
    CORNER = "corner"
    URL = "url"
    JSON = "json"
    IMAGES = "images"
    SUBJECTS = "subjects"


class Group(StrEnum):
    """Where a field stands: open, or folded under Advanced."""

    EVERYDAY = "everyday"
    ADVANCED = "advanced"


class Category(StrEnum):
    """What a model makes of what; each is a tab of the studio, in this order."""

    tab: str

    def __new__(cls, value: str, tab: str) -> "Category":
        category = str.__new__(cls, value)
        category._value_, category.tab = value, tab
        return category

    IMG2VIDEO = "img2video", "Image to video"
    REFERENCE2VIDEO = "reference2video", "With subjects"
    REFERENCE2IMAGE = "reference2image", "Stills"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a list, as it is sent and as it is shown."""

    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What the gateway takes as an image. Sides in pixels, ratio is width / height."""

    formats: tuple[str, ...] = ("PNG", "JPEG", "WEBP")
    max_bytes: int = 50 * 1024 * 1024
    min_side: int = 1
    min_ratio: float = 0.25
    max_ratio: float = 4.0

    @property
    def at_any_ratio(self) -> "ImageLimits":
        """What is kept all the same, as it can be cropped into shape."""
        return replace(self, min_ratio=1e-6, max_ratio=1e6)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of one model.

    `minimum` and `maximum` bound an integer's value, or how many images or subjects;
    `most_images` is how many images all subjects have together.
    `default` is the gateway's own: shown to the member, never sent.
    `unavailable` is the reason why the field is shown but cannot be used.
    `verbatim` text is sent exactly as it was given, spaces and line ends included.
    """

    name: str
    kind: ParameterKind
    label: str
    help: str = ""
    required: bool = False
    default: Any = None
    options: tuple[Option, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    max_length: int | None = None
    group: Group = Group.EVERYDAY
    images: ImageLimits | None = None
    most_images: int | None = None
    unavailable: str = ""
    verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Is:
    """Holds when the parameter, or its default when left alone, is one of `values`."""

    parameter: str
    values: tuple[Any, ...]

    def holds(self, effective: Values) -> bool:
        return effective.get(self.parameter) in self.values


@dataclass(frozen=True, slots=True)
class Given:
    """Holds when the member gave the parameter something."""

    parameter: str

    def holds(self, effective: Values) -> bool:
        return effective.get(self.parameter) not in (None, "", [], (), False)


@dataclass(frozen=True, slots=True)
class Missing:
    """Holds when the parameter is empty, off or left alone without a default."""

    parameter: str

    def holds(self, effective: Values) -> bool:
        return not Given(self.parameter).holds(effective)


@dataclass(frozen=True, slots=True)
class VoiceWithoutAudio:
    """Holds when a subject brings a voice while the sound, `parameter`, is off."""

    parameter: str
    subjects: str = "subjects"

    def holds(self, effective: Values) -> bool:
        subjects = effective.get(self.subjects)
        if Given(self.parameter).holds(effective) or not isinstance(subjects, list | tuple):
            return False
        return any(isinstance(subject, dict) and subject.get("voice_id") for subject in subjects)


Condition = Is | Given | Missing | VoiceWithoutAudio


@dataclass(frozen=True, slots=True)
class Forbids:
    """While `when` holds, `then` may not hold.

    `message` stands beside `then`'s field and names both.
    """

    when: Condition
    then: Condition
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Narrows:
    """While `when` holds, `parameter` offers only `options`, and its default is `default`."""

    when: Condition
    parameter: str
    options: tuple[Any, ...]
    default: Any
    message: str


@dataclass(frozen=True, slots=True)
class Ignores:
    """While `when` holds, `parameter` is allowed but has no effect; `note` says so."""

    when: Condition
    parameter: str
    note: str


Rule = Forbids | Narrows | Ignores


@dataclass(frozen=True, slots=True)
class Price:
    """A price in USD, or None where nobody knows one; `basis` is where it is from, for people.

    `at_least` is set when a part of the price is unknown (`note` says which).
    """

    usd: Decimal | None
    at_least: bool = False
    note: str = ""
    basis: str = "list price"


class Responsible(StrEnum):
    """Who can do something about an error."""

    MEMBER = "member"
    ADMIN = "admin"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One documented error. `code` is as printed on the page; codes compare as numbers."""

    code: str
    meaning: str
    responsible: Responsible
    retry_helps: bool
    advice: str = ""

    @property
    def number(self) -> int:
        return int(self.code)


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model of the gateway, everything its page says.

    `summary` is what a line beside its name holds, `about` what it is best for.
    """

    id: str
    title: str
    place: int
    """Where it stands in the studio: the lower, the further ahead. Steps of ten leave room."""
    category: Category
    summary: str
    about: str
    output: str
    parameters: tuple[Parameter, ...]
    rules: tuple[Rule, ...]
    errors: tuple[ErrorCode, ...]
    list_price: Callable[[Values], Price]
    cheapest: Price
    typical_seconds: Callable[[Values], float]
    fault_codes: Mapping[str, str] = field(default_factory=dict)
    """Documented code for a wrong parameter, by its name; "" is the code for any other."""
    missing_codes: Mapping[str, str] = field(default_factory=dict)
    """Documented code for a required parameter left out, where the page has one of its own."""
    mentions: Parameter | None = None
    """Subjects that the form takes although the gateway does not: their images join `images`, and
    mentions become the numbers of these."""

    def parameter(self, name: str) -> Parameter:
        """The parameter called `name`; KeyError if this model has none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.parameters)

    def has(self, name: str) -> bool:
        return name in self.names

    @property
    def subjects(self) -> Parameter | None:
        return self.parameter("subjects") if self.has("subjects") else self.mentions
