"""How a task ended otherwise than well, in words: what happened, and who can do what about it."""

from generation.catalog import Explanation, Responsible, explain, explain_http
from generation.models import Reason, Task
from generation.models.reason import REASONS, meaning_of

from .times import words_of
from .wording import plain

ASK_AN_ADMIN = "An admin has to fix this."
"""Said only where it is news: what members can do the advice says, and who waits for the provider tries again."""


def explanation_of(task: Task) -> Explanation | None:
    if task.state != Task.State.FAILED:
        return None
    if task.reason == Reason.REFUSED and task.http_status and not task.error_code:
        return explain_http(task.http_status, task.error_code, task.error_message, task.spec)
    if task.reason in (Reason.REFUSED, Reason.GENERATION):
        return explain(task.spec, task.error_code, task.error_message)
    return None


def failure(task: Task, explanation: Explanation | None) -> str:
    if explanation is None:
        return meaning_of(task.reason).title or "Failed"
    return explanation.what.rstrip(".")


def failure_detail(task: Task, explanation: Explanation | None) -> str:
    if explanation is None:
        return plain(task.error_message)
    told = ASK_AN_ADMIN if explanation.responsible is Responsible.ADMIN else ""
    return f"{explanation.advice} {told}".strip()


def doubt(task: Task) -> str:
    return (REASONS.get(task.reason) or REASONS[Reason.NOT_FOUND]).title


def doubt_detail(task: Task) -> str:
    at = task.sent_at or task.created_at
    if task.reason == Reason.NO_ANSWER:
        return f"The request left at {words_of(at, 'clock')}, nothing clear came back. We never send twice by ourselves."
    return plain(task.error_message) or REASONS[Reason.NOT_FOUND].detail
