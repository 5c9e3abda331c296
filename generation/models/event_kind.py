"""The kinds of lines that a task's timeline has. Stored, and read by people's own tools."""

from collections.abc import Mapping

from generation.catalog.spec import Responsible

from .meaning import Charged, Meaning, StoredWord


class EventKind(StoredWord):
    QUEUED = "queued"
    CLAIMED = "claimed"
    FITTED = "fitted"
    SENDING = "sending"
    WAITS = "waits"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATE = "late"
    STATUS = "status"
    UNREACHABLE = "unreachable"
    NOT_FOUND = "not-found"
    EMPTY = "empty"
    KEY_REFUSED = "key-refused"
    KEY_MISSING = "key-missing"
    KEY_UNREADABLE = "key-unreadable"
    KEY_ACCEPTED = "key-accepted"
    GENERATED = "generated"
    FAILED = "failed"
    AT_RISK = "at-risk"
    COMPLETED = "completed"
    LOST = "lost"
    UNCERTAIN = "uncertain"
    FOUND = "found"
    CANCELED = "canceled"
    GAVE_UP = "gave-up"
    SENT_AGAIN = "sent-again"
    HELD = "held"
    RELEASED = "released"
    SETTLED = "settled"
    REVIEWED = "reviewed"
    COMMENTED = "commented"


def _trouble(
    title: str, sentence: str, responsible: Responsible, charged: Charged = Charged.AS_BEFORE
) -> Meaning:
    return Meaning(sentence, charged, responsible, trouble=True, title=title)


MEMBER, ADMIN, PROVIDER = Responsible.MEMBER, Responsible.ADMIN, Responsible.PROVIDER

EVENTS: Mapping[str, Meaning] = {
    EventKind.QUEUED: Meaning("the form became a task", Charged.NO),
    EventKind.CLAIMED: Meaning("a worker took it and prepares the request"),
    EventKind.FITTED: Meaning("an image was re-encoded to fit into the request"),
    EventKind.SENDING: Meaning(
        "the request leaves now: from here on it may have arrived", Charged.POSSIBLY
    ),
    EventKind.WAITS: _trouble(
        "Gateway busy or not reached",
        "it surely did not arrive, or the gateway is busy: back in the queue, with the time of the "
        "next try",
        PROVIDER,
        Charged.NO,
    ),
    EventKind.ACCEPTED: Meaning("the gateway answered with an id", Charged.POSSIBLY),
    EventKind.REFUSED: _trouble(
        "Request refused",
        "the gateway, or our own check before sending, did not accept it",
        MEMBER,
        Charged.NO,
    ),
    EventKind.LATE: Meaning(
        "the answer came after people had decided; only noted", Charged.POSSIBLY
    ),
    EventKind.STATUS: Meaning("the gateway says another status word"),
    EventKind.UNREACHABLE: _trouble(
        "Gateway did not answer a poll",
        "polls get no usable answer; said once until one does",
        PROVIDER,
    ),
    EventKind.NOT_FOUND: _trouble(
        "Unknown to the gateway",
        "the gateway does not know the id; three in a row make the task uncertain",
        PROVIDER,
    ),
    EventKind.EMPTY: Meaning(
        "the gateway says it is done but names no file yet", responsible=PROVIDER
    ),
    EventKind.KEY_REFUSED: _trouble(
        "Key refused", "the gateway refuses the key: the key's tasks wait", ADMIN
    ),
    EventKind.KEY_MISSING: _trouble(
        "Key was deleted", "the key was deleted, nobody can ask", ADMIN
    ),
    EventKind.KEY_UNREADABLE: _trouble(
        "Key cannot be decrypted", "the key cannot be decrypted", ADMIN
    ),
    EventKind.KEY_ACCEPTED: Meaning("the key works again"),
    EventKind.GENERATED: Meaning(
        "the gateway finished; the files are being saved", Charged.POSSIBLY
    ),
    EventKind.FAILED: _trouble(
        "Generation failed", "the gateway says that it failed", MEMBER, Charged.POSSIBLY
    ),
    EventKind.AT_RISK: _trouble(
        "Result could not be saved yet", "a file could not be saved; it is tried again", ADMIN
    ),
    EventKind.COMPLETED: Meaning("every file is in our storage"),
    EventKind.LOST: _trouble("Result lost", "an address died before the file was safe", ADMIN),
    EventKind.UNCERTAIN: _trouble(
        "Became uncertain",
        "nobody knows what became of it; a person decides",
        MEMBER,
        Charged.POSSIBLY,
    ),
    EventKind.FOUND: Meaning(
        "its id became known, from a person or a callback, and the gateway confirmed it",
        Charged.POSSIBLY,
    ),
    EventKind.CANCELED: Meaning("a person took it out of the queue"),
    EventKind.GAVE_UP: Meaning("a person ended an uncertain task"),
    EventKind.SENT_AGAIN: Meaning("a person replaced an uncertain task by a new one"),
    EventKind.HELD: Meaning(
        "the database was restored, an admin has to release it", Charged.POSSIBLY, ADMIN
    ),
    EventKind.RELEASED: Meaning("an admin released it, or its worker died before sending"),
    EventKind.SETTLED: Meaning("an admin or the bill said what it has cost"),
    EventKind.REVIEWED: Meaning(
        "somebody who sees it said what the team thinks of it, or took that back"
    ),
    EventKind.COMMENTED: Meaning("somebody wrote a comment; what it says stands with the comments"),
}

TROUBLE = tuple(sorted(kind.value for kind in EventKind if EVENTS[kind].trouble))
"""As the index `event_trouble` names them: another kind of trouble needs a migration."""
