"""Why a task waits or ended otherwise than well: what `Task.reason` says."""

from collections.abc import Mapping

from generation.catalog.spec import Responsible

from .meaning import Charged, Meaning, StoredWord


class Reason(StoredWord):
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    UNMARKED = "unmarked"
    HELD = "held"
    OVER_BUDGET = "over-budget"
    DECLINED = "declined"
    KEY = "key"
    AT_RISK = "at-risk"
    REFUSED = "refused"
    GENERATION = "generation"
    INPUT = "input"
    GAVE_UP = "gave-up"
    SENT_AGAIN = "sent-again"
    NO_ANSWER = "no-answer"
    DEADLINE = "deadline"
    NOT_FOUND = "not-found"
    NO_FILE = "no-file"
    EXPIRED = "expired"


def _unsure(sentence: str) -> Meaning:
    return Meaning(
        sentence,
        Charged.POSSIBLY,
        Responsible.MEMBER,
        title="Unsure what became of it",
        detail="The gateway no longer tells about this task.",
    )


MEMBER, ADMIN, PROVIDER = Responsible.MEMBER, Responsible.ADMIN, Responsible.PROVIDER

REASONS: Mapping[str, Meaning] = {
    Reason.BUSY: Meaning(
        "the gateway asked us to wait",
        responsible=PROVIDER,
        detail="The gateway asked us to wait.",
    ),
    Reason.UNREACHABLE: Meaning(
        "the gateway could not be reached",
        responsible=PROVIDER,
        detail="The gateway cannot be reached. Trying again by itself.",
    ),
    Reason.UNMARKED: Meaning(
        "nothing may leave before it is noted outside the database", responsible=ADMIN
    ),
    Reason.HELD: Meaning(
        "the database was restored, and it may have been sent already",
        Charged.POSSIBLY,
        ADMIN,
        title="Held after a restore",
        detail="The database was restored from a copy. This may have been sent after the copy was "
        "made, so it waits until an admin releases it.",
    ),
    Reason.OVER_BUDGET: Meaning(
        "it is more than a budget allows, and an admin was asked to release it",
        Charged.NO,
        ADMIN,
        title="Waits for an admin",
        detail="It is over budget. An admin was asked to release it; nothing is reserved until then.",
    ),
    Reason.DECLINED: Meaning(
        "an admin did not release it over budget", Charged.NO, title="Declined by an admin"
    ),
    Reason.KEY: Meaning(
        "the gateway refuses the key, or it is gone",
        responsible=ADMIN,
        title="The key cannot be used",
        detail="The gateway refuses the key. It goes on when an admin has mended the key.",
    ),
    Reason.AT_RISK: Meaning(
        "a file could not be saved yet",
        Charged.POSSIBLY,
        ADMIN,
        title="Not safe yet",
        detail="The result could not be saved yet. It is tried again by itself.",
    ),
    Reason.REFUSED: Meaning("the gateway turned the request away", Charged.NO, MEMBER),
    Reason.GENERATION: Meaning("the gateway could not make it", Charged.POSSIBLY, MEMBER),
    Reason.INPUT: Meaning(
        "its images could not be made ready for sending",
        Charged.NO,
        MEMBER,
        title="An input image is missing or too large",
    ),
    Reason.GAVE_UP: Meaning("a person gave it up", Charged.POSSIBLY, title="Given up"),
    Reason.SENT_AGAIN: Meaning(
        "a person sent it again", Charged.POSSIBLY, title="Sent again as a new task"
    ),
    Reason.NO_ANSWER: Meaning(
        "it left, and no clear answer came back",
        Charged.POSSIBLY,
        MEMBER,
        title="No answer came back",
    ),
    Reason.DEADLINE: _unsure("it took longer than its model may take"),
    Reason.NOT_FOUND: _unsure("the gateway does not know its id any more"),
    Reason.NO_FILE: _unsure("the gateway says that it is done, but names no file"),
    Reason.EXPIRED: Meaning(
        "an address died before the file was safe",
        Charged.POSSIBLY,
        ADMIN,
        title="Result lost",
        detail="The gateway finished it, but its address died before the file was saved here.",
    ),
}


def meaning_of(reason: str) -> Meaning:
    return REASONS.get(reason, Meaning(""))


FREE = tuple(reason.value for reason in Reason if REASONS[reason].charged is Charged.NO)
"""Of tasks that cost nothing although their request may have left."""
