"""What the gateway and Vidu behind it call their errors, and what those mean for a member.

Vidu's names reach us inside free text of the gateway (docs/gateway.md); the numbers are the
gateway's own (docs/gateway.md).
"""

from dataclasses import dataclass

from .spec import Responsible


@dataclass(frozen=True, slots=True)
class Explanation:
    """An error in words: what happened, who can fix it, whether the same request may work
    when it is simply sent again, and what to do."""

    what: str
    responsible: Responsible
    retry_helps: bool
    advice: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason with everything it is recognised by.

    `names` are code words, found as whole words in code or message. `titles` are too common
    as words, so only a code that is nothing else counts. `phrases` are lower-case parts of
    the message. `statuses` are HTTP statuses that mean this when nothing else is known.
    """

    explanation: Explanation
    names: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    statuses: tuple[int, ...] = ()


def _member(what: str, advice: str) -> Explanation:
    return Explanation(what, Responsible.MEMBER, False, advice)


def _admin(what: str, advice: str) -> Explanation:
    return Explanation(what, Responsible.ADMIN, False, advice)


def _provider(what: str, advice: str) -> Explanation:
    return Explanation(what, Responsible.PROVIDER, True, advice)


UNEXPLAINED = _provider(
    "The provider did not say what went wrong",
    "Try again. If it fails again, change the prompt or the images.",
)
INPUT_REFUSED = _member(
    "The provider did not accept one of the values",
    "Check the values, also under Advanced. If they look right, tell an admin.",
)
PROVIDER_FAULT = _provider("The provider had a fault", "Try again in a few minutes.")

CAUSES: tuple[Cause, ...] = (
    Cause(
        _member(
            "The prompt was refused by content review",
            "Change the words of the prompt and try again.",
        ),
        names=("TaskPromptPolicyViolation",),
        phrases=("prompt policy violation",),
    ),
    Cause(
        _member(
            "The result was refused by content review",
            "Change the prompt or the image and try again.",
        ),
        names=("CreationPolicyViolation",),
        phrases=("creation policy violation",),
    ),
    Cause(
        _member(
            "Refused by content review",
            "Change the prompt or the image and try again.",
        ),
        names=("AuditSubmitIllegal", "CONTENT_MODERATION"),
        phrases=("submit is illegal", "sensitive information", "sensitive content"),
        numbers=(110001,),
    ),
    Cause(
        _admin(
            "The provider account is out of credit",
            "Ask an admin to top up the account, then try again.",
        ),
        names=("CreditInsufficient", "INSUFFICIENT_CREDITS"),
        phrases=("insufficient credit", "insufficient balance"),
        numbers=tuple(range(40201, 40209)),
        statuses=(402,),
    ),
    Cause(
        Explanation(
            "The provider could not download an image",
            Responsible.MEMBER,
            True,
            "Check that the address opens without signing in, or upload the image instead.",
        ),
        names=("ImageDownloadFailure",),
        phrases=("image download failure", "download input"),
        numbers=(190000,),
    ),
    Cause(
        _member("The image format was not accepted", "Use a PNG, JPEG or WebP image."),
        names=("ImageFormatInvalid",),
        phrases=("invalid image format",),
        statuses=(415,),
    ),
    Cause(
        _member(
            "An image has a size or shape that the model does not take",
            "Use an image of at least 128 x 128 pixels, between 1:4 and 4:1, of up to 50 MB.",
        ),
        names=("PageSizeOutOfRange",),
        phrases=("page size out of range",),
    ),
    Cause(
        _member(
            "No clear person or object was found in the image",
            "Use an image that shows the subject plainly.",
        ),
        names=("ImageCheckBodyJointsFailed", "ImageCheckFaceFailed", "ImageObjectsUndetected"),
    ),
    Cause(
        _member("The number of images was not accepted", "Use more or fewer images."),
        names=("FieldItemCountOutOfRange",),
        phrases=("field item count out of range",),
    ),
    Cause(
        _member("A needed value is missing", "Fill in every field of the form and try again."),
        names=("FieldLacking",),
        phrases=("field is missing or empty",),
    ),
    Cause(
        _member(
            "The model does not take one of the values",
            "Clear the fields under Advanced. If it fails again, tell an admin.",
        ),
        names=("FieldUnwanted",),
        phrases=("unwanted field",),
    ),
    Cause(
        _member("The prompt is too long or empty", "Change the length of the prompt."),
        names=("INVALID_PROMPT_LENGTH",),
    ),
    Cause(INPUT_REFUSED, names=("FieldInvalid",), phrases=("invalid field",), statuses=(422,)),
    Cause(
        _provider(
            "The same request is still being worked on",
            "Wait a few minutes, then try again.",
        ),
        names=("OperationInProcess",),
        phrases=("operation in process",),
    ),
    Cause(
        _provider(
            "The model is unavailable at the moment",
            "Try again later or pick another model.",
        ),
        names=("ModelUnavailable",),
        phrases=("model unavailable",),
    ),
    Cause(
        _provider("The task was cancelled at the provider", "Try again if you still want it."),
        names=("UserCancelled",),
        titles=("Canceled", "Cancelled"),
        phrases=("user cancelled", "request canceled by client"),
        statuses=(499,),
    ),
    Cause(
        _provider("The provider took too long", "Try again in a few minutes."),
        names=("TASK_TIMEOUT", "SYNC_TIMEOUT"),
        statuses=(408, 504),
    ),
    Cause(
        _provider(
            "The provider has too many requests at the moment",
            "Wait a minute, then try again.",
        ),
        names=("QuotaExceeded", "TooManyRequests", "SystemThrottling", "RATE_LIMIT_EXCEEDED"),
        phrases=("rate limit",),
        statuses=(429,),
    ),
    Cause(
        _admin(
            "The provider did not accept the key",
            "Check the key on the Keys page or ask an admin.",
        ),
        names=("invalid_api_key",),
        titles=("Unauthorized",),
        phrases=("missing authentication token", "invalid api key", "token is required"),
        statuses=(401,),
    ),
    Cause(
        _admin(
            "The key may not do this, or its balance is used up",
            "Ask an admin to check the key's balance and permissions.",
        ),
        titles=("Forbidden",),
        phrases=("model not allowed",),
        statuses=(403,),
    ),
    Cause(
        _admin(
            "The provider does not know this task or model",
            "Ask an admin to check the gateway's address and the model.",
        ),
        names=("TaskNotFound", "CreationNotFound"),
        titles=("NotFound",),
        statuses=(404,),
    ),
    Cause(
        _member(
            "The request is larger than the provider takes",
            "Use smaller or fewer images.",
        ),
        statuses=(413,),
    ),
    Cause(
        _provider("The provider is busy with a conflicting request", "Wait, then try again."),
        titles=("Conflict",),
        statuses=(409,),
    ),
    Cause(
        PROVIDER_FAULT,
        names=("InternalServiceFailure",),
        phrases=("internal service failure",),
    ),
    Cause(INPUT_REFUSED, titles=("BadRequest",), statuses=(400,)),
)
"""The more telling first: of several that fit, the first counts."""
