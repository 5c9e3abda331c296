"""Documented errors that several pages share, in our words.

Reasons 001-006 are faults of the input; 095-099 are faults behind the gateway (docs/gateway.md).
"""

from ..spec import ErrorCode, Responsible

AGAIN = "Try again in a few minutes."
AGAIN_OR_CHANGE = "Try again. If it fails again, change the prompt or the images."


def input_fault(code: str, meaning: str, advice: str) -> ErrorCode:
    return ErrorCode(code, meaning, Responsible.MEMBER, retry_helps=False, advice=advice)


def provider_fault(code: str, meaning: str, advice: str = AGAIN) -> ErrorCode:
    return ErrorCode(code, meaning, Responsible.PROVIDER, retry_helps=True, advice=advice)


def image_missing(code: str) -> ErrorCode:
    return input_fault(code, "The image is missing", "Add an image and try again.")


def image_invalid(code: str) -> ErrorCode:
    return input_fault(
        code,
        "The image was not accepted",
        "Use a PNG, JPEG or WebP image of up to 50 MB, between 1:4 and 4:1.",
    )


def prompt_missing(code: str) -> ErrorCode:
    return input_fault(code, "The prompt is missing", "Write a prompt and try again.")


def parameter_invalid(code: str) -> ErrorCode:
    return input_fault(
        code,
        "The provider did not accept one of the values",
        "Check the values, also under Advanced. If they look right, tell an admin.",
    )


def style_invalid(code: str) -> ErrorCode:
    return input_fault(
        code, "The style was not accepted", "Style cannot be set here; tell an admin."
    )


def duration_invalid(code: str) -> ErrorCode:
    return input_fault(code, "The duration was not accepted", "Pick another duration.")


def resolution_invalid(code: str) -> ErrorCode:
    return input_fault(
        code,
        "The resolution was not accepted",
        "Pick another resolution, or another duration that allows it.",
    )


def generation_failed(code: str) -> ErrorCode:
    return provider_fault(code, "The model could not make a result", AGAIN_OR_CHANGE)


def internal_error(code: str) -> ErrorCode:
    return provider_fault(code, "The provider had an internal fault", AGAIN_OR_CHANGE)


def result_unreadable(code: str) -> ErrorCode:
    return provider_fault(code, "The gateway could not read the provider's result")


def http_error(code: str) -> ErrorCode:
    return provider_fault(code, "The provider answered with an error", AGAIN_OR_CHANGE)


def status_unknown(code: str) -> ErrorCode:
    return provider_fault(code, "The gateway could not follow the task at the provider")


def task_not_created(code: str) -> ErrorCode:
    return provider_fault(code, "The provider did not take the task", AGAIN_OR_CHANGE)


def service_unavailable(code: str) -> ErrorCode:
    return provider_fault(code, "The provider is unavailable")
