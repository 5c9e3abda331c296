"""A task reply in any documented shape (docs/gateway.md) into one `TaskReply`."""

from typing import Any

from .error_replies import read_error
from .outputs import STATUS_NAMES, dicts, read_files, read_job_ids, read_status_words
from .results import Phase, RemoteFile, TaskReply
from .values import first, fraction, moment, money, remote_id, word
from .wire import BadReply, load

__all__ = ["BadReply", "parse_reply"]

COMPLETED_WORDS = {
    "completed",
    "complete",
    "success",
    "succeeded",
    "successful",
    "done",
    "finished",
}
FAILED_WORDS = {"failed", "fail", "failure", "error", "canceled", "cancelled"}

TASK_NAMES = ("id", "task_id", "taskId", "status", "state", "output", "creations", "error")


def parse_reply(body: bytes, secret: str = "") -> TaskReply:
    """Read `body`, masking `secret` wherever it is echoed. Raises only `BadReply`."""
    whole = load(body, secret)
    if not isinstance(whole, dict):
        raise BadReply("The reply is not a JSON object.")
    task = _unwrapped(whole)
    output = first(task, "output", "creations", "outputs")
    files = read_files(output)
    words = _status_words(task, output)
    code, message = _error(whole, task, output)
    identity = remote_id(first(task, "id", "task_id", "taskId"))
    phase = _phase(words, files, bool(code or message), identity)
    usage, metadata = _object(task, "usage"), _object(task, "metadata")
    return TaskReply(
        remote_id=identity,
        phase=phase,
        status_word=words[0] if words else "",
        progress=fraction(task.get("progress")),
        outputs=files,
        error_code=code,
        error_message=message,
        cost=money(usage.get("cost")),
        discount=word(usage.get("discount"), 40),
        model=word(first(task, "model") or metadata.get("model"), 100),
        job_ids=read_job_ids(output),
        remote_task_id=word(metadata.get("remote_task_id")),
        created_at=moment(task.get("created_at")),
        completed_at=moment(first(task, "completed_at") or metadata.get("completed_at")),
    )


def phase_of(status_word: str) -> Phase:
    """The phase a status word means; a word nobody documented means still running."""
    known = status_word.lower()
    if known in COMPLETED_WORDS:
        return Phase.COMPLETED
    return Phase.FAILED if known in FAILED_WORDS else Phase.RUNNING


def _unwrapped(whole: dict[str, Any]) -> dict[str, Any]:
    """The task inside a `{status: {...}, data: {...}}` envelope, else `whole` itself."""
    data = whole.get("data")
    if not isinstance(data, dict) or first(whole, "id", "task_id", "output") is not None:
        return whole
    return data if any(name in data for name in TASK_NAMES) else whole


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _status_words(task: dict[str, Any], output: Any) -> list[str]:
    outer = (word(task.get(name), 40) for name in STATUS_NAMES)
    return [found for found in outer if found][:1] or read_status_words(output)


def _phase(words: list[str], files: tuple[RemoteFile, ...], failed: bool, identity: str) -> Phase:
    phases = {phase_of(found) for found in words}
    for phase in (Phase.RUNNING, Phase.COMPLETED, Phase.FAILED):
        if phase in phases:
            return phase
    if files:
        return Phase.COMPLETED
    if failed:
        return Phase.FAILED
    if identity:
        return Phase.RUNNING
    raise BadReply("The reply says nothing about a task.")


def _error(whole: dict[str, Any], task: dict[str, Any], output: Any) -> tuple[str, str]:
    candidates = [task.get("error"), _vendor_error(task), _envelope_error(whole)]
    candidates += [item.get("error") for item in dicts(output)]
    for candidate in candidates:
        code, message = read_error(candidate)
        if code or (message and not _is_fine(candidate)):
            return code, message
    return "", ""


def _vendor_error(task: dict[str, Any]) -> dict[str, Any] | None:
    """Error fields beside the status, as the vendor's own API sends them (docs/gateway.md)."""
    names = ("error_code", "err_code", "error_message", "err_msg")
    return {name: task[name] for name in names if name in task} or None


def _envelope_error(whole: dict[str, Any]) -> dict[str, Any] | None:
    envelope = _object(whole, "status")
    return None if word(envelope.get("code")).startswith("2") else envelope


def _is_fine(candidate: Any) -> bool:
    code = word(first(candidate, "code", "error_code")) if isinstance(candidate, dict) else ""
    return code != "" and code.strip("0") == ""
