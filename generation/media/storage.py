"""Where files live: STORAGE_URL, read without loading any storage library.

Empty means files under DATA_DIR; otherwise
`s3://KEY:SECRET@bucket?region=..&endpoint=https://..&prefix=..&addressing=path|virtual`.
Without KEY and SECRET boto3 looks in its usual places: environment, profile, machine role.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SIGNED_FOR = 300
"""Seconds for which a signed address opens a file."""

REDIRECT_KEPT_FOR = 240
"""Seconds a browser may remember the way to it; the rest is time to begin reading."""

SHAPE = "s3://bucket?region=eu-central-1, or s3://KEY:SECRET@bucket?endpoint=https://host"
OPTIONS = ("region", "endpoint", "prefix", "addressing")
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
REGION = re.compile(r"[a-z0-9-]{1,40}")
PREFIX = re.compile(r"[\w!.*'()=+-]+(?:/[\w!.*'()=+-]+)*", re.ASCII)


@dataclass(frozen=True)
class Bucket:
    """An S3-compatible bucket; `endpoint` and `addressing` are always filled in."""

    name: str
    region: str
    endpoint: str
    addressing: str
    prefix: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)

    @property
    def origin(self) -> str:
        """What signed addresses begin with, for the Content-Security-Policy."""
        scheme, host = urlsplit(self.endpoint)[:2]
        return (
            f"{scheme}://{self.name}.{host}"
            if self.addressing == "virtual"
            else f"{scheme}://{host}"
        )

    def backend(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "bucket_name": self.name,
            "region_name": self.region,
            "endpoint_url": self.endpoint,
            "location": self.prefix,
            "addressing_style": self.addressing,
        }
        if self.access_key:
            # None keeps a token or profile of the environment from being mixed with these two.
            options |= {"access_key": self.access_key, "secret_key": self.secret_key}
            options |= {"security_token": None, "session_profile": None}
        return {"BACKEND": "generation.media.s3.PrivateBucket", "OPTIONS": options}


def parse_storage_url(url: str) -> Bucket | None:
    """The bucket that STORAGE_URL names, None for files on disk.

    Raises ImproperlyConfigured with a sentence that never repeats the address, which may hold
    a secret.
    """
    url = url.strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _wrong(f"cannot be read; it looks like {SHAPE}.") from None
    if parts.scheme != "s3":
        raise _wrong(f"begins with s3://, as in {SHAPE}; leave it empty to keep files in DATA_DIR.")
    credentials, _, name = parts.netloc.rpartition("@")
    _check_name(name, parts)
    access_key, secret_key = _credentials(credentials)
    options = _options(parts.query)
    endpoint, region = _place(options)
    return Bucket(
        name=name,
        region=region,
        endpoint=endpoint,
        addressing=_addressing(options, name, endpoint),
        prefix=_prefix(options.get("prefix", "")),
        access_key=access_key,
        secret_key=secret_key,
    )


def _wrong(sentence: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"STORAGE_URL {sentence}")


def _check_name(name: str, parts: SplitResult) -> None:
    if not NAME.fullmatch(name) or ".." in name or _is_address(name):
        raise _wrong(
            "names no valid bucket: 3 to 63 small letters, digits, dots and hyphens. "
            "Special characters in KEY or SECRET must be percent-encoded (/ as %2F, + as %2B)."
        )
    if parts.path not in ("", "/"):
        raise _wrong("has a path after the bucket: write ?prefix=folder instead.")
    if parts.fragment:
        raise _wrong("contains #: percent-encode it as %23.")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _credentials(text: str) -> tuple[str, str]:
    access_key, _, secret_key = map(unquote, text.partition(":"))
    if bool(access_key) != bool(secret_key):
        raise _wrong("needs both KEY and SECRET before the @, or neither.")
    return access_key, secret_key


def _options(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    if set(options) - set(OPTIONS):
        raise _wrong(f"has an option that does not exist; there are {', '.join(OPTIONS)}.")
    if len(pairs) != len(options):
        raise _wrong("says an option twice.")
    return options


def _place(options: dict[str, str]) -> tuple[str, str]:
    endpoint, region = options.get("endpoint", "").rstrip("/"), options.get("region", "")
    if not endpoint and not region:
        raise _wrong("needs region=.. (Amazon) or endpoint=https://.. (any other provider).")
    if region and not REGION.fullmatch(region):
        raise _wrong("has a region that is none: small letters, digits and hyphens.")
    if endpoint:
        _check_endpoint(endpoint)
        # What compatible servers call their only region unless told otherwise.
        return endpoint, region or "us-east-1"
    # Said in full: left to itself the library signs for a global host that only redirects.
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://s3.{region}.{domain}", region


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment or "@" in parts.netloc:
        raise _wrong("has an endpoint that is no address such as https://s3.example.com.")
    # It becomes part of a header, where these would end the entry.
    if re.search(r"[\s;,'\"\\]", endpoint) or not endpoint.isascii():
        raise _wrong("has an endpoint with characters that no address has.")


def _addressing(options: dict[str, str], name: str, endpoint: str) -> str:
    amazon = "endpoint" not in options
    usual = "virtual" if amazon and "." not in name else "path"
    style = options.get("addressing") or usual
    if style not in ("path", "virtual"):
        raise _wrong("has an addressing that is neither path nor virtual.")
    if style == "virtual" and "." in name and endpoint.startswith("https:"):
        raise _wrong("needs addressing=path: certificates do not cover a bucket with dots.")
    return style


def _prefix(text: str) -> str:
    prefix = text.strip("/")
    if prefix and (not PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/"))):
        raise _wrong("has a prefix that is no plain folder such as viduweb/files.")
    return prefix
