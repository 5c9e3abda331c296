"""What programs and gateways say, for people."""

import re

ERRNO = re.compile(r"\[Errno -?\d+\]\s*")
SAID_PLAINLY = {
    "Connection reset by peer": "the other side broke it off",
    "Broken pipe": "the other side broke it off",
    "Connection refused": "nobody answers there",
    "Name or service not known": "its name is not known",
    "Temporary failure in name resolution": "its name could not be looked up",
    "No route to host": "there is no way to it",
    "Network is unreachable": "the network is down",
}


def plain(text: str) -> str:
    text = ERRNO.sub("", text)
    for said, plainly in SAID_PLAINLY.items():
        text = text.replace(said, plainly)
    return re.sub(r"\.{2,}$", ".", text.strip())


def clause(text: str) -> str:
    return plain(text).rstrip(". ")
