"""Which network address a request comes from."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address of whoever asks, as the outermost trusted proxy saw it; None if nobody says.

    Each of FORWARDED_FOR proxies adds the address it was asked from at the right end of the
    header. What stands further left was written by whoever asks, and counts for nothing.
    """
    hops = settings.FORWARDED_FOR
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if hops and len(told) >= hops and (found := _plain(told[-hops])):
        return found
    return _plain(request.META.get("REMOTE_ADDR", ""))


def network(address: str | None) -> str:
    """What counts as one place: of IPv6 the half that a provider gives to one household."""
    if address is None:
        return "unknown"
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return address


def _plain(text: str) -> str | None:
    """Without port, brackets and zone; an IPv4 address in IPv6's clothes is that."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)
