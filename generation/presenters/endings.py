"""How a task ended otherwise than well, in words: what happened, and who can do what about it."""

from generation.catalog import Explanation, Responsible, explain, explain_http
from generation.models import REFUSED, Task

WHO_CAN_ACT = {
    Responsible.MEMBER: "You can fix this.",
    Responsible.ADMIN: "An admin has to fix this.",
    Responsible.PROVIDER: "This is the provider's to fix.",
}
FAILURES = {
    "key": "The key cannot be used",
    "input": "An input image is missing or too large",
    "gave-up": "Given up",
    "sent-again": "Sent again as a new task",
}
LOST = "The gateway finished it, but its address died before the file was saved here."


def explanation_of(task: Task) -> Explanation | None:
    """What the catalogue knows about the error; None when the gateway told none."""
    if task.state != Task.State.FAILED:
        return None
    if task.reason == REFUSED and task.http_status and not task.error_code:
        return explain_http(task.http_status, task.error_code, task.error_message, task.spec)
    if task.reason in (REFUSED, "generation"):
        return explain(task.spec, task.error_code, task.error_message)
    return None


def failure(task: Task, explanation: Explanation | None) -> str:
    """A few words for a card."""
    if explanation is None:
        return FAILURES.get(task.reason, "Failed")
    return explanation.what.rstrip(".")


def failure_detail(task: Task, explanation: Explanation | None) -> str:
    if explanation is None:
        return task.error_message
    return f"{explanation.advice} {WHO_CAN_ACT[explanation.responsible]}".strip()


def doubt(task: Task) -> str:
    """The same for an uncertain task."""
    return "No answer came back" if task.reason == "no-answer" else "Unsure what became of it"


def doubt_detail(task: Task) -> str:
    at = task.sent_at or task.created_at
    if task.reason == "no-answer":
        return f"The request left at {at:%H:%M} UTC, nothing clear came back. We never send twice by ourselves."
    return task.error_message or "The gateway no longer tells about this task."
