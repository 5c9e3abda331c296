"""How a task ended otherwise than well, in words: what happened, and who can do what about it."""

from generation.catalog import Explanation, Responsible, explain, explain_http
from generation.models import Reason, Task
from generation.models.reason import REASONS, meaning_of

WHO_CAN_ACT = {
    Responsible.MEMBER: "You can fix this.",
    Responsible.ADMIN: "An admin has to fix this.",
    Responsible.PROVIDER: "This is the provider's to fix.",
}


def explanation_of(task: Task) -> Explanation | None:
    """What the catalogue knows about the error; None when the gateway told none."""
    if task.state != Task.State.FAILED:
        return None
    if task.reason == Reason.REFUSED and task.http_status and not task.error_code:
        return explain_http(task.http_status, task.error_code, task.error_message, task.spec)
    if task.reason in (Reason.REFUSED, Reason.GENERATION):
        return explain(task.spec, task.error_code, task.error_message)
    return None


def failure(task: Task, explanation: Explanation | None) -> str:
    """A few words for a card."""
    if explanation is None:
        return meaning_of(task.reason).title or "Failed"
    return explanation.what.rstrip(".")


def failure_detail(task: Task, explanation: Explanation | None) -> str:
    if explanation is None:
        return task.error_message
    return f"{explanation.advice} {WHO_CAN_ACT[explanation.responsible]}".strip()


def doubt(task: Task) -> str:
    """The same for an uncertain task."""
    return (REASONS.get(task.reason) or REASONS[Reason.NOT_FOUND]).title


def doubt_detail(task: Task) -> str:
    at = task.sent_at or task.created_at
    if task.reason == Reason.NO_ANSWER:
        return f"The request left at {at:%H:%M} UTC, nothing clear came back. We never send twice by ourselves."
    return task.error_message or REASONS[Reason.NOT_FOUND].detail
