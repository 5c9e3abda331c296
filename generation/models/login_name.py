"""How names and e-mail addresses are compared when somebody logs in."""

import unicodedata


def folded(name: str) -> str:
    """The same for all spellings of a name: case, width and composition of letters do not count."""
    once = unicodedata.normalize("NFKC", name.strip()).casefold()
    return unicodedata.normalize("NFKC", once)
