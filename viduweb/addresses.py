"""Addresses in settings: web pages and hosts. Raises Bad for what is none.

Sentences about an address that may hold a password never repeat it.
"""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from viduweb.values import Bad, shown

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)


def is_host(name: str) -> bool:
    """Whether `name` is a host name or an IP address, IPv6 without its brackets."""
    if as_ip(name):
        return True
    labels = name.removesuffix(".").split(".")
    # What ends in digits is an IP address, and then a wrong one.
    return (
        len(name) <= 253
        and all(LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )


def as_ip(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    address = as_ip(host)
    return address.is_loopback if address else host.rstrip(".").lower() == "localhost"


def web_address(url: str, *, path: bool = False) -> str:
    """`url` without a slash at its end; "" stays "". With `path` it may have one."""
    if not url:
        return ""
    parts = split(url)
    if parts.scheme not in ("http", "https") or not is_host(parts.hostname or ""):
        raise Bad("is no address that begins with https://, followed by a host: set one.")
    if "@" in parts.netloc:
        raise Bad("holds a name or password: take it out, up to the @.")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise Bad("ends in a query or fragment: leave out what begins with ? or #.")
    if not path and parts.path.strip("/"):
        raise Bad("has a path, but viduweb lives at the root of its host: leave the path out.")
    if not re.fullmatch(r"[\x21-\x7e]+", url) or re.search(r"[\"'<>\\^`{|}]", url):
        raise Bad("holds a character that no address has: percent-encode it.")
    return url.rstrip("/")


def issuer(url: str) -> str:
    """OIDC_ISSUER, as its own configuration names it: with or without a slash at the end."""
    return url if web_address(url, path=True) else ""


def plain_hosts(text: str) -> list[str]:
    """Host names alone, in lower case."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if not is_host(name):
            raise Bad(f"names {shown(name)}: write names such as example.com, comma between them.")
    return names


def listening_host(name: str) -> str:
    if not is_host(name):
        raise Bad(f"is no address to listen on such as 127.0.0.1 or 0.0.0.0, but {shown(name)}.")
    return name


def host_names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        bare = name.removeprefix(".")
        bracketed = bare[1:-1] if bare.startswith("[") and bare.endswith("]") else ""
        good = ":" in bracketed if as_ip(bracketed) else ":" not in bare and is_host(bare)
        if name != "*" and not good:
            raise Bad(
                f"names {shown(name)}: write host names alone, separated by commas, without "
                "https://, port or path, and IPv6 as [::1]."
            )
    return names


def split(url: str) -> SplitResult:
    """Also for what may hold a password, as `viduweb.databases` reads."""
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            raise ValueError
    except ValueError:
        raise Bad(
            "cannot be read: its host or port is none. Special characters of a password must be "
            "percent-encoded (/ as %2F, @ as %40)."
        ) from None
    return parts


def inner_location(text: str) -> str:
    if text and not re.fullmatch(r"/(?:[A-Za-z0-9_-]+/)+", text):
        raise Bad("must begin and end with a slash, as /protected/ does, with plain words between.")
    return text
