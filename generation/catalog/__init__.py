"""What the gateway offers, as data. Other packages import from here."""

from .check import HANDLE, MAX_SEED, Problem, check, is_address, mentioned
from .docs import markdown_table
from .explanations import Explanation, explain, explain_http
from .models import MODELS, get_model
from .ratios import whole_ratio
from .rules import closed, dependents, effective, narrowed, notes
from .spec import (
    USD_PER_CREDIT,
    Category,
    Condition,
    ErrorCode,
    Forbids,
    Given,
    Group,
    Ignores,
    ImageLimits,
    Is,
    Missing,
    ModelSpec,
    Narrows,
    Option,
    Parameter,
    ParameterKind,
    Price,
    Responsible,
    Rule,
    Values,
    VoiceWithoutAudio,
)
from .timing import deadline_seconds
from .voices import VOICES, Voice, VoiceGroup

__all__ = [
    "HANDLE",
    "MAX_SEED",
    "MODELS",
    "USD_PER_CREDIT",
    "VOICES",
    "Category",
    "Condition",
    "ErrorCode",
    "Explanation",
    "Forbids",
    "Given",
    "Group",
    "Ignores",
    "ImageLimits",
    "Is",
    "Missing",
    "ModelSpec",
    "Narrows",
    "Option",
    "Parameter",
    "ParameterKind",
    "Price",
    "Problem",
    "Responsible",
    "Rule",
    "Values",
    "Voice",
    "VoiceGroup",
    "VoiceWithoutAudio",
    "check",
    "closed",
    "deadline_seconds",
    "dependents",
    "effective",
    "explain",
    "explain_http",
    "get_model",
    "is_address",
    "markdown_table",
    "mentioned",
    "narrowed",
    "notes",
    "whole_ratio",
]
