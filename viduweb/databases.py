"""Addresses of PostgreSQL, SQLite and Redis in settings. Raises Bad for what is none.

What their clients would trip over at the first connection, or read as something else, is refused
here. No sentence repeats a password, nor a value that may be a part of one.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote

from viduweb.addresses import is_host, split
from viduweb.secrecy import SYSTEM
from viduweb.values import Bad

NUMBER = "[0-9]{1,9}"
SECONDS = r"[0-9]{1,6}(\.[0-9]{1,6})?"
# Redis's client takes every other word for yes, “off” too.
FLAG = "0|1|true|false|yes|no"
ANY = ".+"

REDIS_OPTIONS = {
    "db": "[0-9]{1,5}",
    "max_connections": "[1-9][0-9]{0,8}",
    "health_check_interval": NUMBER,
    "socket_timeout": SECONDS,
    "socket_connect_timeout": SECONDS,
    "socket_keepalive": FLAG,
    "retry_on_timeout": FLAG,
    "protocol": "2|3",
}
REDIS_TLS_OPTIONS = {
    "ssl_cert_reqs": "none|optional|required",
    "ssl_ca_certs": ANY,
    "ssl_ca_path": ANY,
    "ssl_certfile": ANY,
    "ssl_keyfile": ANY,
    "ssl_check_hostname": FLAG,
}

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
TLS_VERSION = r"TLSv1(\.[123])?"
POSTGRES_OPTIONS = {
    "sslmode": "|".join(SSL_MODES),
    "sslnegotiation": "postgres|direct",
    "sslcertmode": "disable|allow|require",
    "sslsni": "0|1",
    "sslcompression": "0|1",
    "ssl_min_protocol_version": TLS_VERSION,
    "ssl_max_protocol_version": TLS_VERSION,
    "channel_binding": "disable|prefer|require",
    "gssencmode": "disable|prefer|require",
    "gssdelegation": "0|1",
    "connect_timeout": NUMBER,
    "tcp_user_timeout": NUMBER,
    "keepalives": "0|1",
    "keepalives_idle": NUMBER,
    "keepalives_interval": NUMBER,
    "keepalives_count": NUMBER,
    "port": NUMBER,
    "target_session_attrs": "any|read-write|read-only|primary|standby|prefer-standby",
    "load_balance_hosts": "disable|random",
    # These two are not libpq's: dj_database_url and Django take them.
    "currentSchema": ANY,
    "assume_role": ANY,
}
"""Those whose values are known; what else there is, libpq says."""


def postgres_or_sqlite(url: str) -> str:
    parts = split(url)
    if parts.scheme == "sqlite":
        return _sqlite(url, parts)
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
    given = _options(parts)
    _refuse_unknown(given.keys() - POSTGRES_OPTIONS.keys() - _names_of_libpq())
    _refuse_values(given, POSTGRES_OPTIONS)
    return url


def _sqlite(url: str, parts: SplitResult) -> str:
    if parts.netloc or not parts.path.strip("/") or ":memory:" in url:
        raise Bad("names no file: write sqlite:////absolute/path, or leave it out.")
    _refuse_unknown(_options(parts))
    try:
        path = Path(unquote(parts.path[1:])).resolve()
        is_folder = path.is_dir()
    except (RuntimeError, OSError, ValueError):
        raise Bad("names a file that cannot be used: name another, or leave it out.") from None
    if is_folder:
        raise Bad(f"is {path}, which is a folder: name a file in it, or leave it out.")
    # SQLite writes two more files beside its own, and all three are closed to others.
    if str(path.parent) in SYSTEM:
        raise Bad(f"is a file in {path.parent}, which is not for viduweb alone: name another.")
    return url


def redis_address(url: str) -> str:
    if not url:
        return ""
    parts = split(url)
    # As it is written: the client takes no capitals, and no slash less.
    scheme = url.partition("://")[0]
    known = REDIS_OPTIONS | (REDIS_TLS_OPTIONS if scheme == "rediss" else {})
    if scheme == "unix":
        if parts.hostname or not parts.path.strip("/"):
            raise Bad("names no socket: write unix:///path/to/redis.sock.")
        # Nothing has to be kept alive on a socket of this machine, and the client refuses it.
        known.pop("socket_keepalive")
    elif scheme not in ("redis", "rediss") or not is_host(parts.hostname or ""):
        raise Bad(
            "is no address of Redis: write redis://:password@host:6379/1 (rediss:// with TLS), with "
            "the special characters of the password percent-encoded (/ as %2F, @ as %40)."
        )
    elif not re.fullmatch(r"[0-9]{0,5}", parts.path.strip("/")):
        raise Bad("ends in what is no number of a database: write /1, or leave it out for 0.")
    given = _options(parts)
    if scheme == "redis" and given.keys() & REDIS_TLS_OPTIONS.keys():
        raise Bad("has an option of TLS, and begins without it: write rediss://, or take it out.")
    _refuse_unknown(given.keys() - known.keys())
    _refuse_values(given, known)
    return url


def _options(parts: SplitResult) -> dict[str, str]:
    """What stands behind the question mark, each once."""
    if parts.fragment:
        raise Bad("holds a #: take out what begins with it, or percent-encode it as %23.")
    given = parse_qsl(parts.query, keep_blank_values=True)
    if len(dict(given)) < len(given):
        raise Bad("names an option twice: take one out.")
    return dict(given)


def _names_of_libpq() -> set[str]:
    # Whoever has SQLite need not have it.
    from psycopg.pq import Conninfo

    return {option.keyword.decode() for option in Conninfo.get_defaults()}


def _refuse_unknown(names: Iterable[str]) -> None:
    if unknown := sorted(names):
        # Of a password that is not percent-encoded a piece may stand here.
        plain = all(re.fullmatch("[A-Za-z_]{1,40}", name) for name in unknown)
        raise Bad(f"has an option that is none: take {', '.join(unknown) if plain else 'it'} out.")


def _refuse_values(given: Mapping[str, str], known: Mapping[str, str]) -> None:
    for name, value in given.items():
        wanted = known.get(name, ".*")
        if not re.fullmatch(wanted, value):
            words = re.fullmatch(r"[\w|-]+", wanted)
            how = f"write one of {wanted.replace('|', ', ')}" if words else "correct it"
            raise Bad(f"has a value of {name} that cannot be: {how}, or leave {name} out.")
