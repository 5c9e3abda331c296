"""Requests are UTF-8, as all browsers send them."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
NAMES = ("utf-8", "utf8")


def utf8_only(application: Application) -> Application:
    """415 for a form that says another charset; elsewhere what is said of it counts for nothing.

    Django reads forms and addresses by any codec that Python has, also by those that make half
    characters or are none for texts, and fails before any middleware can say so.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            kind, told = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        except (ValueError, LookupError):
            return _refused(start_response, "400 Bad Request")
        if told.get("charset", "utf-8").lower() not in NAMES:
            if kind in FORMS:
                return _refused(start_response, "415 Unsupported Media Type")
            environ["CONTENT_TYPE"] = kind
        return application(environ, start_response)

    return answer


def _refused(start_response: Callable[..., Any], status: str) -> Iterable[bytes]:
    text = b"Send UTF-8.\n"
    length = str(len(text))
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", length)])
    return [text]
