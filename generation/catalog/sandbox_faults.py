"""Words in a prompt that make the sandbox gateway misbehave, for the studio and the README.

They live in the catalogue so that pages can list them without importing the sandbox itself.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`word` anywhere in a prompt, in any case, has `effect`."""

    word: str
    effect: str


FAIL = "[fail]"
MODERATED = "[moderated]"
SLOW = "[slow]"
BUSY = "[429]"
EXPIRE = "[expire]"

FAULTS: tuple[Fault, ...] = (
    Fault(FAIL, "The generation fails at the provider, and nothing is charged."),
    Fault(MODERATED, "The content review turns the input down, and nothing is charged."),
    Fault(SLOW, "The generation takes ten times as long."),
    Fault(BUSY, "The gateway first answers that it is busy, and takes the task on the next try."),
    Fault(EXPIRE, "The generation completes, but its result address has already expired."),
)


def faults_in(prompt: object) -> frozenset[str]:
    if not isinstance(prompt, str):
        return frozenset()
    folded = prompt.casefold()
    return frozenset(fault.word for fault in FAULTS if fault.word in folded)
