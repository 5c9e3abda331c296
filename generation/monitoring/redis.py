"""Whether Redis is closed to those who have no business there."""

import ipaddress
import socket
from collections.abc import Iterator
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import redis

OURS = (b"viduweb:", b"django_q:")
"""How the cache's keys and the queue's begin."""

LOOKED_AT = 2_000
"""Keys; a database of our own has a few dozen."""


def findings(url: str) -> Iterator[tuple[bool, str]]:
    """What is right or wrong with REDIS_URL; no sentence repeats its password."""
    parts = urlsplit(url)
    if parts.scheme != "unix" and not _only_this_machine(str(parts.hostname)):
        yield _password(bool(parts.password))
        yield _way(parts.scheme == "rediss", parse_qs(parts.query), str(parts.hostname))
    yield from _own_database(url)


def _password(has_one: bool) -> tuple[bool, str]:
    if has_one:
        return True, "Redis asks for a password."
    return False, (
        "Redis takes anybody who reaches it: set requirepass there, and REDIS_URL to "
        "redis://:password@host/1. Whoever writes to it can stop the work."
    )


def _way(encrypted: bool, options: dict[str, list[str]], host: str) -> tuple[bool, str]:
    if encrypted and "none" in options.get("ssl_cert_reqs", []):
        return False, "Redis may be anybody's: take ssl_cert_reqs=none out of REDIS_URL."
    if encrypted or _all_private(host):
        return True, "Redis is reached by TLS or in a private network."
    return False, (
        "Redis is reached over a public network without TLS: use rediss:// in REDIS_URL, or an "
        "address in a private network."
    )


def _only_this_machine(host: str) -> bool:
    found = _numbers(host)
    return bool(found) and all(number.is_loopback for number in found)


def _all_private(host: str) -> bool:
    found = _numbers(host)
    return bool(found) and not any(number.is_global for number in found)


def _numbers(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return []
    return [ipaddress.ip_address(number) for number in found]


def _own_database(url: str) -> Iterator[tuple[bool, str]]:
    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as server:
            keys = list(islice(server.scan_iter(count=500), LOOKED_AT))
    except (redis.RedisError, OSError) as error:
        yield False, f"Redis does not answer ({type(error).__name__}): check REDIS_URL."
        return
    if any(not key.startswith(OURS) for key in keys):
        yield (
            False,
            (
                "Redis holds keys of other programs in our database: give viduweb one of its own, by "
                "another number at the end of REDIS_URL."
            ),
        )
    else:
        yield True, "Redis answers, and its database is ours alone."
