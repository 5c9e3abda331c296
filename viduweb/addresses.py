"""Addresses in settings: web pages, hosts, PostgreSQL, Redis. Raises Bad for what is none.

Sentences about an address that may hold a password never repeat it.
"""

import ipaddress
import re
from urllib.parse import SplitResult, parse_qs, urlsplit

from viduweb.values import Bad, shown

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

REDIS_OPTIONS = frozenset(
    [
        "db",
        "max_connections",
        "health_check_interval",
        "socket_timeout",
        "socket_connect_timeout",
        "socket_keepalive",
        "retry_on_timeout",
        "protocol",
        "ssl_cert_reqs",
        "ssl_ca_certs",
        "ssl_ca_path",
        "ssl_certfile",
        "ssl_keyfile",
        "ssl_check_hostname",
    ]
)


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
    parts = _split(url)
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


def postgres_or_sqlite(url: str) -> str:
    parts = _split(url)
    if parts.scheme == "sqlite":
        if parts.netloc or not parts.path.strip("/") or ":memory:" in url:
            raise Bad("names no file: write sqlite:////absolute/path, or leave it out.")
        return url
    if parts.scheme not in ("postgres", "postgresql"):
        raise Bad(
            "is neither PostgreSQL nor SQLite: write postgres://user:password@host/name, or leave "
            "it out for SQLite in DATA_DIR."
        )
    if not parts.path.strip("/") or "/" in parts.path[1:]:
        raise Bad("names no database: write postgres://user:password@host/name.")
    # libpq takes a folder for a socket and several hosts, percent-encoded; those are left to it.
    host = parts.hostname or ""
    if host and "%" not in host and not is_host(host):
        raise Bad(
            "names no host: write postgres://user:password@host/name, with the special characters "
            "of the password percent-encoded (/ as %2F, @ as %40)."
        )
    mode = parse_qs(parts.query).get("sslmode", ["prefer"])[-1]
    if mode not in SSL_MODES:
        raise Bad(f"has an sslmode that is none: write one of {', '.join(SSL_MODES)}.")
    return url


def redis_address(url: str) -> str:
    if not url:
        return ""
    parts = _split(url)
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise Bad("names no socket: write unix:///path/to/redis.sock.")
        return url
    if parts.scheme not in ("redis", "rediss") or not is_host(parts.hostname or ""):
        raise Bad(
            "is no address of Redis: write redis://:password@host:6379/1 (rediss:// with TLS), with "
            "the special characters of the password percent-encoded (/ as %2F, @ as %40)."
        )
    if unknown := set(parse_qs(parts.query, keep_blank_values=True)) - REDIS_OPTIONS:
        raise Bad(f"has an option that is none: take out {', '.join(sorted(unknown))}.")
    number = parts.path.strip("/")
    if number and not re.fullmatch(r"[0-9]{1,5}", number):
        raise Bad("ends in what is no number of a database: write /1, or leave it out for 0.")
    return url


def _split(url: str) -> SplitResult:
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
