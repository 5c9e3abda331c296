"""What an HTTP answer means for a create and for a poll (docs/gateway.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .error_replies import embedded_status, parse_error, request_id, retry_after
from .failures import Ambiguous, Busy, GatewayFailure, NotFound, Refused, Unauthorized, Unavailable
from .reply import parse_reply
from .results import KeyCheck, KeyVerdict, Phase, TaskReply
from .wire import BadReply

MOVED = (301, 307, 308)
"""The request was not carried out; the gateway's address is wrong. 302 and 303 may follow a
request that was."""

TIMED_OUT = (408, 499)
"""This gateway family counts 408 with 504 (docs/gateway.md): it may have passed the request on."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer. `secret` is the key it was asked with, to be masked in every text."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    secret: str = ""

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300

    def reply(self) -> TaskReply | None:
        try:
            reply = parse_reply(self.body, self.secret)
        except BadReply:
            return None
        return replace(reply, request_id=request_id(self.headers, self.secret))

    def failure(self, kind: type[GatewayFailure], status: int, reason: str) -> GatewayFailure:
        code, message = parse_error(status, self.headers, self.body, self.secret)
        return kind(
            f"{reason} ({message})",
            status=status,
            code=code,
            message=message,
            retry_after=retry_after(self.headers),
            request_id=request_id(self.headers, self.secret),
        )


def read_created(answer: Answer) -> TaskReply:
    """The created task. Raises `Busy`, `Refused` or `Ambiguous`.

    An id is what matters: with one, even a 5xx made a task. Without a status word such a task
    counts as running, and the next poll tells.
    """
    reply = answer.reply()
    if reply and reply.remote_id and (answer.succeeded or answer.status >= 500):
        return reply if reply.status_word else replace(reply, phase=Phase.RUNNING)
    status = answer.status
    if answer.succeeded:
        status = embedded_status(answer.body) or status
        if status == answer.status and reply and (reply.error_code or reply.error_message):
            # 2xx without an id is a failure, and the error carries the text (docs/gateway.md).
            raise answer.failure(Refused, status, "The gateway refused the request.")
    raise _create_failure(answer, status)


def _create_failure(answer: Answer, status: int) -> GatewayFailure:
    waits = retry_after(answer.headers) is not None
    if status == 429 or (status == 503 and waits):
        return answer.failure(Busy, status, "The gateway is busy.")
    if status in (401, 403):
        return answer.failure(Unauthorized, status, "The gateway refused the key.")
    if status in MOVED:
        return answer.failure(Refused, status, "The gateway's address is not right: it redirects.")
    if 400 <= status < 500 and status not in TIMED_OUT:
        return answer.failure(Refused, status, "The gateway refused the request.")
    if answer.succeeded and status == answer.status:
        return answer.failure(Ambiguous, status, "The gateway answered without a task id.")
    return answer.failure(Ambiguous, status, "The gateway failed while it took the request.")


def read_fetched(answer: Answer, remote_id: str) -> TaskReply:
    """The task as it stands. Raises `Unauthorized`, `NotFound` or `Unavailable`.

    An error without an id and without a status word is the gateway's trouble, not the
    task's: a poll must never turn nonsense into a failed task.
    """
    if not answer.succeeded:
        raise _fetch_failure(answer, answer.status)
    reply = answer.reply()
    if reply and (reply.remote_id or reply.status_word or reply.outputs):
        return replace(reply, remote_id=reply.remote_id or remote_id)
    raise _fetch_failure(answer, embedded_status(answer.body) or answer.status)


def _fetch_failure(answer: Answer, status: int) -> GatewayFailure:
    if status in (401, 403):
        return answer.failure(Unauthorized, status, "The gateway refused the key.")
    if status in (404, 410):
        return answer.failure(NotFound, status, "The gateway does not know this task.")
    if 200 <= status < 300:
        return answer.failure(Unavailable, status, "The gateway's answer cannot be read.")
    return answer.failure(Unavailable, status, "The gateway does not answer properly.")


def read_check(answer: Answer) -> KeyCheck:
    status = answer.status
    if answer.succeeded:
        status = embedded_status(answer.body) or status
    if status in (401, 403):
        _, message = parse_error(status, answer.headers, answer.body, answer.secret)
        return KeyCheck(KeyVerdict.BAD, f"The gateway refused the key. ({message})", status)
    if status in (200, 400, 404):
        return KeyCheck(KeyVerdict.GOOD, "The gateway accepted the key.", status)
    _, message = parse_error(status, answer.headers, answer.body, answer.secret)
    return KeyCheck(
        KeyVerdict.UNKNOWN, f"The gateway did not say whether the key is good. ({message})", status
    )
