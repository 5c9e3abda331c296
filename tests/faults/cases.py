"""The fault matrix: what happens to a task, and what has to become of it."""

from dataclasses import dataclass
from http import HTTPStatus

from tests.faults import behaviours as do
from tests.support.gateways.hostile import Behaviour


@dataclass(frozen=True)
class Case:
    """One cell. `creates`, `polls` and `files` answer the first, second ... request; the last
    answer repeats. The rest is what is expected: final state and reason, how often the gateway
    was asked to make a task, words of the timeline, words of the error, and the cost.
    """

    creates: tuple[Behaviour, ...] = (do.accept,)
    polls: tuple[Behaviour, ...] = (do.done,)
    files: tuple[Behaviour, ...] = (do.send_film,)
    state: str = "completed"
    reason: str = ""
    asked: int = 1
    words: tuple[str, ...] = ()
    error: str = ""
    cost: str | None = None
    tasks: int = 1


def uncertain(create: Behaviour, error: str = "") -> Case:
    """The request may have arrived: it is not sent again, and a person decides."""
    return Case((create,), state="uncertain", reason="no-answer", words=("uncertain",), error=error)


def refused(status: int) -> Case:
    words, error = ("refused",), "No, thank you"
    return Case((do.answer(status),), state="failed", reason="refused", words=words, error=error)


def sent_again(create: Behaviour) -> Case:
    """It surely did not arrive: it is sent until it does."""
    return Case((create, do.accept), asked=2, words=("waits", "accepted", "completed"))


def saved_in_the_end(*files: Behaviour, error: str) -> Case:
    """Bad files first, then a good one: it is at risk, says why, and is tried again."""
    return Case(
        files=(*files, do.send_film), words=("at-risk", "completed"), error=error, cost="0.25"
    )


def at_risk(file: Behaviour, error: str) -> Case:
    """As long as the address may live it is tried again."""
    words = ("generated", "at-risk", "at-risk")
    return Case(files=(file,), state="archiving", reason="at-risk", words=words, error=error)


STATUSES = (*(status.value for status in HTTPStatus if status >= 200), 499, *range(520, 531))
"""Those that Python knows, and what proxies have made up."""


def created(status: int) -> Case:
    """What an answer to a create means that has this status and, where it may, an error's text."""
    if status == 429:
        return sent_again(do.answer(429))
    if status in (408, 499, *do.BODILESS, 300, 302, 303, 305) or status >= 500:
        return uncertain(do.answer(status))
    # A redirect that keeps the method was not carried out; a good answer says that it is none.
    return refused(status)


def polled(status: int) -> Case:
    """What such an answer to a poll means: never that the task has failed."""
    if status in (401, 403):
        return Case(polls=(do.answer(status),), state="processing", reason="key")
    word = "not-found" if status in (404, 410) else "unreachable"
    return seen_later(do.answer(status), word=word)


def seen_later(poll: Behaviour, word: str = "unreachable") -> Case:
    """One poll gets nowhere, the next one does."""
    return Case(polls=(poll, do.done), words=("accepted", word, "completed"), cost="0.25")


CREATES = {
    "no-answer": uncertain(do.never_answer, "did not answer in time"),
    "cut-after-request": uncertain(do.cut_after_the_request, "broke off"),
    "cut-in-reply": uncertain(do.cut_in_the_reply, "broke off"),
    "drip": uncertain(do.drip_the_reply, "did not answer in time"),
    "no-id": uncertain(do.reply_without_id, "without a task id"),
    "html": uncertain(do.reply_with_html, "without a task id"),
    "ten-megabytes": uncertain(do.reply_with_10_megabytes, "larger than"),
    **{f"http-{status}": created(status) for status in STATUSES},
    "http-429-wait": sent_again(do.answer(429, Retry_After="1")),
    "http-503-wait": sent_again(do.answer(503, Retry_After="1")),
    "error-in-a-200": Case(
        (do.answer(200, {"error": {"error_message": "Provider said no"}}),),
        state="failed",
        reason="refused",
        error="Provider said no",
    ),
}

POLLS = {
    "fine": Case(polls=(do.running, do.done), words=("accepted", "generated", "completed")),
    "slow-answer": Case((do.slowly,), polls=(do.running, do.done), cost="0.25"),
    "clock-ahead": Case(polls=(do.done_by_another_clock(days=3650),)),
    "clock-behind": Case(polls=(do.done_by_another_clock(days=-3650),)),
    "odd-word": Case(polls=(do.says("llama_warming_up"), do.done), words=("status", "completed")),
    "backwards": Case(polls=(do.says(progress=0.6), do.says(progress=0.3)), state="processing"),
    "no-output": Case(
        polls=(do.says("completed"),), state="uncertain", reason="no-file", words=("empty",) * 4
    ),
    "late-output": Case(polls=(do.says("completed"), do.done), words=("empty", "completed")),
    "empty-url": Case(
        polls=(do.says("completed", output=[{"content": [{"type": "video", "url": ""}]}]),),
        state="uncertain",
        reason="no-file",
    ),
    "failed-charged": Case(
        polls=(do.says("failed", error={"code": 110001}, usage={"cost": "0.2"}),),
        state="failed",
        reason="generation",
        cost="0.2",
    ),
    "failed-free": Case(
        polls=(do.says("failed", error={"code": 110001}, usage={"cost": 0}),),
        state="failed",
        reason="generation",
    ),
    "failed-silent": Case(
        polls=(do.says("failed", error="Provider rejected it", usage={"cost": ""}),),
        state="failed",
        reason="generation",
        error="Provider rejected it",
    ),
    "three-404": Case(
        polls=(do.answer(404),),
        state="uncertain",
        reason="not-found",
        words=("not-found", "not-found", "uncertain"),
    ),
    **{f"poll-{status}": polled(status) for status in STATUSES},
    "poll-429-wait": seen_later(do.answer(429, Retry_After="2")),
    "poll-503-wait": seen_later(do.answer(503, Retry_After="2")),
    "poll-cut": seen_later(do.cut_the_poll),
    "poll-cut-in-reply": seen_later(do.cut_in_the_poll),
    "poll-html": seen_later(do.reply_with_html),
    "poll-hangs": seen_later(do.never_answer_the_poll),
    "poll-drip": seen_later(do.drip_the_poll),
    "poll-ten-megabytes": seen_later(do.poll_with_10_megabytes),
}

FILES = {
    "gone-403": Case(
        files=(do.answer(403),), state="lost", reason="expired", words=("at-risk",) * 5 + ("lost",)
    ),
    "gone-404": Case(files=(do.answer(404),), state="lost", reason="expired"),
    "new-address": Case(
        polls=(do.done_with_the_next_address,),
        files=(do.answer(403), do.send_film),
        words=("at-risk", "completed"),
        error="fresh address",
    ),
    "file-500": saved_in_the_end(do.answer(500), error="HTTP 500"),
    "promises-more": saved_in_the_end(do.promise_more, error="connection failed"),
    "promises-less": saved_in_the_end(do.promise_less, error="cut short"),
    "half": saved_in_the_end(do.send_half, error="cut short"),
    "nothing": saved_in_the_end(do.send(b""), error="empty file"),
    "wrong-type": saved_in_the_end(do.send(b"\x89PNG\r\n\x1a\n" + bytes(99)), error="PNG image"),
    "page": saved_in_the_end(do.send(b"<!doctype html><p>Hello"), error="video was expected"),
    "unreadable": saved_in_the_end(
        do.send(do.film()[:32] + b"\xff\x5a" * 4000), error="damaged or cut short"
    ),
    "file-drip": saved_in_the_end(do.drip_the_film, error="not finished within"),
    "bomb": saved_in_the_end(do.send_a_gzip_bomb, error="larger than"),
    "huge": Case(files=(do.send_250_megabytes,), cost="0.25"),
    "tls": Case(polls=(do.done_at("https://cdn.test"),), cost="0.25"),
    "redirect-tls": Case(
        files=(do.redirect("https://cdn.test/files/{id}/1.mp4"), do.send_film), cost="0.25"
    ),
    "redirect-tls-twice": Case(
        polls=(do.done_at("https://cdn.test"),),
        files=(
            do.redirect("https://cdn.test/files/{id}/1.mp4", 307),
            do.redirect("https://other.test/files/{id}/2.mp4", 301),
            do.redirect("https://other.test/files/{id}/3.mp4", 303),
            do.send_film,
        ),
        cost="0.25",
    ),
    "redirect-inside": at_risk(do.redirect("https://inside.test/film.mp4"), "not public"),
    "redirect-other-name": at_risk(do.redirect("https://wrong.test/film.mp4"), "certificate"),
    "redirect-no-name": at_risk(do.redirect("https://nowhere.test/film.mp4"), "cannot be resolved"),
    "no-name": Case(
        polls=(do.done_at("https://nowhere.test"),),
        state="archiving",
        reason="at-risk",
        words=("generated", "at-risk", "at-risk"),
        error="cannot be resolved",
    ),
    "elsewhere": at_risk(do.redirect("http://localhost:{port}/film.mp4"), "not an https address"),
    "other-port": at_risk(do.redirect("http://127.0.0.1:{port}/film.mp4"), "not an https address"),
    "other-port-tls": at_risk(do.redirect("https://127.0.0.1:{port}/film.mp4"), "is not allowed"),
    "loopback-tls": at_risk(do.redirect("https://127.0.0.1/film.mp4"), "not public"),
    "metadata": at_risk(do.redirect("http://169.254.169.254/latest/"), "not an https address"),
    "metadata-tls": at_risk(do.redirect("https://169.254.169.254/latest/"), "not public"),
}

TWICE = {
    "same-id": Case((do.accept_as("same-id-1"),), tasks=2, asked=2, polls=(do.running, do.done)),
}

# Where a worker may be killed, in the order in which a task gets there.
POINTS_OF_WORKERS = (
    "dispatch-claimed",
    "dispatch-marked",
    "dispatch-noted",
    "dispatch-answered",
    "dispatch-accepted",
    "poll-claimed",
    "poll-answered",
    "poll-applied",
    "poll-before-wakeup",
    "poll-before-handover",
    "archive-claimed",
    "archive-fetched",
    "archive-stored",
    "archive-committed",
)
UNCERTAIN_WHEN_KILLED = ("crash-dispatch-marked", "crash-dispatch-noted", "crash-dispatch-answered")

MATRIX = {**CREATES, **POLLS, **FILES}
LATER = {
    # What the other tests send: for disturbances a task that takes its time with everything.
    "calm": Case((do.slowly,), polls=(do.running, do.done)),
    "long": Case(polls=(*[do.running] * 3, do.done)),
    "large": Case(files=(do.send_300_kilobytes,)),
    **dict.fromkeys(
        ("sent-later", "sent-later-again"),
        Case((do.answer(429, Retry_After="20"), do.accept), asked=2),
    ),
    # In these states until the test releases them.
    "kept-processing": Case(polls=(do.until_released(do.running, do.done),)),
    "kept-archiving": Case(files=(do.until_released(do.answer(500), do.send_film),)),
    # Two clusters, and answers that take their time: were one task asked about twice at once,
    # it would be seen.
    "watched": Case(polls=(*[do.slowly_running] * 9, do.done)),
    **{f"crash-{point}": Case(polls=(*[do.running] * 4, do.done)) for point in POINTS_OF_WORKERS},
    **dict.fromkeys(UNCERTAIN_WHEN_KILLED, Case(state="uncertain", reason="no-answer")),
}
CASES = {**MATRIX, **TWICE, **LATER}
