"""The calls of single sign-on: to the issuer, and to hosts that a setting names beside it."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL

SECONDS = (5, 10)
"""To connect, and between two pieces of an answer."""

MOST_BYTES = 1_000_000


def is_ours(url: str) -> bool:
    """The issuer itself by its whole origin; other hosts by HTTPS alone."""
    asked, issuer = urlsplit(url), urlsplit(settings.OIDC_ISSUER)
    if (asked.scheme, asked.netloc) == (issuer.scheme, issuer.netloc):
        return True
    return asked.scheme == "https" and asked.netloc.lower() in settings.OIDC_HOSTS


class _IssuerOnly(HTTPAdapter):
    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        # Each redirect comes by here as well.
        if not is_ours(str(request.url)):
            raise InvalidURL("Not an address of the issuer: name its host in OIDC_HOSTS.")
        kwargs |= {"timeout": SECONDS, "stream": True}
        response = super().send(request, *args, **kwargs)
        length = 0
        pieces = []
        for piece in response.iter_content(65_536):
            length += len(piece)
            if length > MOST_BYTES:
                response.close()
                raise InvalidURL("The issuer's answer is too long.")
            pieces.append(piece)
        response._content = b"".join(pieces)
        return response


def issuer_session() -> Session:
    session = Session()
    # Neither a proxy nor a password file of the machine.
    session.trust_env = False
    session.max_redirects = 3
    session.mount("https://", _IssuerOnly())
    session.mount("http://", _IssuerOnly())
    return session
