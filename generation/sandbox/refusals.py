"""Everything the sandbox says no with, in the documented shapes."""

from typing import Any

from generation.catalog.spec import Category, ModelSpec

MODERATION_CODE = "110001"
MODERATION_MESSAGE = "input may contain sensitive information"
"""The gateway's own code for content it will not take (docs/gateway.md)."""

FAILURES = {95: "Internal generation error", 98: "Generation failed"}
"""What a page calls a generation that went wrong, by the last digits of its code.

Pages that have an internal error use 98 for something else, so 95 goes first.
"""


class Refusal(Exception):
    """An answer other than 200, with the JSON that says why."""

    def __init__(
        self, status: int, error: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, error)
        self.status = status
        self.error = error
        self.headers = headers or {}


def refuse(status: int, code: str, message: str, **headers: str) -> Refusal:
    """A refusal by the gateway itself, before any model is looked at (docs/gateway.md)."""
    return Refusal(
        status,
        {"code": code, "message": message},
        {name.replace("_", "-"): value for name, value in headers.items()},
    )


def model_error(spec: ModelSpec, code: str, message: str) -> dict[str, Any]:
    """The `error` object in the shape of the model's own page.

    Image-to-video pages document an integer code beside `error_message`, the reference pages
    a string code beside `message`.
    """
    if spec.category is Category.IMG2VIDEO:
        return {"code": int(code) if code.isdecimal() else 0, "error_message": message}
    return {"code": code, "message": message}


def wrong_parameter(spec: ModelSpec, name: str, message: str, code: str = "") -> Refusal:
    code = code or spec.fault_codes.get(name, spec.fault_codes.get("", ""))
    return Refusal(400, model_error(spec, code, f"{name}: {message}"))


def failure(spec: ModelSpec) -> dict[str, Any]:
    codes = {error.number % 1000: error.code for error in spec.errors}
    for reason, message in FAILURES.items():
        if reason in codes:
            return model_error(spec, codes[reason], message)
    return model_error(spec, "", "Generation failed")


def moderation(spec: ModelSpec) -> dict[str, Any]:
    return model_error(spec, MODERATION_CODE, MODERATION_MESSAGE)
