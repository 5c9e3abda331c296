"""Mentions of subjects in prompts: which there are, what is wrong with them, what they become."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

# ASCII on purpose: in scripts without spaces a mention follows a letter directly.
MENTION = re.compile(r"(?<![A-Za-z0-9_@])@([A-Za-z0-9_]{1,32})")
HANDLE = re.compile(r"[a-z0-9_]{1,32}")

NEAR = 0.6
"""How much alike a handle must be to be suggested; 1 is the same."""

Known = Callable[[], Iterable[str]]
"""Asks for all handles that a member may mention; only asked when one is wrong."""


def mentioned(prompt: str) -> list[str]:
    return list(dict.fromkeys(MENTION.findall(prompt)))


def unmentioned(prompt: str, picked: Iterable[str]) -> list[str]:
    said = set(mentioned(prompt))
    return [handle for handle in picked if handle not in said]


def nearest(handle: str, known: Iterable[str]) -> str:
    return next(iter(get_close_matches(handle.lower(), known, 1, NEAR)), "")


def mention_problems(
    prompt: str, picked: Sequence[str], known: Known | None = None
) -> Iterator[str]:
    wrong = [handle for handle in mentioned(prompt) if handle not in picked]
    there = {*known(), *picked} if wrong and known else None
    for handle in wrong:
        if there is None or handle in there:
            yield (
                f"The prompt mentions @{handle}, which is not picked. "
                "Pick that subject or take the mention out."
            )
        elif near := nearest(handle, sorted(there)):
            yield f"There is no subject @{handle}. Did you mean @{near}?"
        else:
            yield f"There is no subject @{handle}. Make it, or take the mention out."


def image_names(first: int, count: int) -> str:
    """What a request calls a subject's images: “image 2”, “images 2 and 3”, “images 2, 3 and 4”."""
    numbers = [str(number) for number in range(first, first + count)]
    if count == 1:
        return f"image {numbers[0]}"
    return f"images {', '.join(numbers[:-1])} and {numbers[-1]}"


def as_images(prompt: str, counts: Mapping[str, int], before: int) -> str:
    """The prompt with each mention as the numbers of its images, as they are sent.

    `counts` is how many images each subject has, in the order in which they go out after `before`
    others. Other mentions stay.
    """
    names, first = {}, before + 1
    for handle, count in counts.items():
        names[handle] = image_names(first, count)
        first += count
    return MENTION.sub(lambda found: names.get(found[1], found[0]), prompt)
