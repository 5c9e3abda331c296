"""One line a log record, as text or JSON, with the task, key and request it belongs to.

Every process gets this through LOGGING. Nothing leaves it before `redact` has seen it.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, TextIO
from uuid import UUID, uuid4

from django.core.exceptions import ImproperlyConfigured
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.processors import ExceptionRenderer, JSONRenderer
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor, WrappedLogger

from generation.redaction import redact

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    Handler = Callable[[HttpRequest], HttpResponseBase]

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMATS = ("text", "json")

NEVER_BELOW = {
    "django": "INFO",
    "django.server": "INFO",
    "gunicorn.error": "WARNING",
} | dict.fromkeys(
    ("httpx", "httpcore", "boto3", "botocore", "s3transfer", "urllib3", "django-q"), "WARNING"
)
"""Below it they write statements, addresses, headers and bodies, or a line a poll."""

REQUEST_ID = "X-Request-ID"
GOOD_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

# Line ends, terminal escapes, text direction, and surrogates, which no stream can encode.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
PLAIN = re.compile(r"[\w.:-]+")
WORKING = frozenset({"_record", "_from_structlog", "event", "exc_info", "stack_info"})
LEADING = ("timestamp", "level", "logger", "event", "exception", "stack")


def logging_settings(level: str, style: str) -> dict[str, Any]:
    """Django's LOGGING; raises ImproperlyConfigured when LOG_LEVEL or LOG_FORMAT is nonsense."""
    level, style = level.upper(), style.lower()
    if level not in LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL is one of {', '.join(LEVELS)}.")
    if style not in FORMATS:
        raise ImproperlyConfigured(f"LOG_FORMAT is one of {', '.join(FORMATS)}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "generation.logs.line_formatter", "style": style}},
        "handlers": {"console": {"class": "generation.logs.Console", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Being named takes the handlers away that some of them bring, of another format.
            name: {"level": max(level, lowest, key=LEVELS.index), "handlers": [], "propagate": True}
            for name, lowest in NEVER_BELOW.items()
        },
    }


def line_formatter(style: str = "text") -> ProcessorFormatter:
    render: list[Processor] = [_leading_first, JSONRenderer()] if style == "json" else [as_text]
    return ProcessorFormatter(
        foreign_pre_chain=[ExtraAdder(), _keep_simple, merge_contextvars],
        processors=[
            add_log_level,
            add_logger_name,
            _of_record,
            ProcessorFormatter.remove_processors_meta,
            ExceptionRenderer(),
            _redacted,
            *render,
        ],
    )


class Console(logging.StreamHandler[TextIO]):
    """Writes to stderr; a record that cannot be formatted is not printed raw."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self.addFilter(_calmly)

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[0]
        where = f"{record.name}, {record.filename}:{record.lineno}"
        with suppress(OSError, ValueError):  # nobody reads any more
            self.stream.write(f"a log record of {where} is lost: {error and error.__name__}\n")


def _calmly(record: logging.LogRecord) -> bool:
    """Whoever scans the net asks for another host: that is one line, and no failure of ours."""
    if record.name == "django.security.DisallowedHost":
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


@contextmanager
def bound(*, task: object = None, key: object = None, request: object = None) -> Iterator[None]:
    """Puts the task's id, the key's label (never its secret) and the request's id on every line
    logged inside.

    Belongs to the current thread; a thread started inside begins without, unless it runs in
    `contextvars.copy_context()`.
    """
    given = {"task": task, "key": key, "request": request}
    with bound_contextvars(
        **{name: str(value) for name, value in given.items() if value is not None}
    ):
        yield


def identify_requests(get_response: "Handler") -> "Handler":
    def middleware(request: "HttpRequest") -> "HttpResponseBase":
        given = request.headers.get(REQUEST_ID, "")
        number = given if GOOD_ID.fullmatch(given) else uuid4().hex
        with bound(request=number):
            response = get_response(request)
        response[REQUEST_ID] = number
        return response

    return middleware


def service_line(service: str, text: str) -> str:
    """A line that a supervised service wrote, as JSON that says whose it is.

    Lines that are JSON already are kept; others (a crash before logging is set up) are wrapped.
    """
    try:
        event = json.loads(text)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        event = {"timestamp": _time(datetime.now(UTC)), "level": "info", "event": redact(text)}
    return json.dumps(event | {"service": service})


def _keep_simple(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Of `extra` only plain values: Django passes whole requests there."""
    return {
        name: value
        for name, value in event.items()
        if name in WORKING or isinstance(value, str | int | float | UUID)
    }


def _of_record(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Its time and stack: structlog's own would be those of the formatting."""
    event["timestamp"] = _time(datetime.fromtimestamp(event["_record"].created, UTC))
    if stack := event.pop("stack_info", None):
        event["stack"] = stack
    return event


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _redacted(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {
        name: value if _is_number(value) else redact(str(value)) for name, value in event.items()
    }


def _is_number(value: object) -> bool:
    """Whether JSON has it; it knows neither NaN nor infinity."""
    return isinstance(value, int) or (isinstance(value, float) and isfinite(value))


def _leading_first(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {**{name: event[name] for name in LEADING if name in event}, **event}


def as_text(_: WrappedLogger, __: str, event: EventDict) -> str:
    """`time LEVEL logger [key="Team" task=…]: message`.

    Ours, since a message cannot pose as a new line or as context, which stands before it.
    """
    context = " ".join(
        f"{name}={_quoted(str(event[name]))}" for name in sorted(event) if name not in LEADING
    )
    head = f"{event['timestamp']} {event['level'].upper()} {event['logger']}"
    parts = [event[name] for name in ("event", "exception", "stack") if name in event]
    line = f"{head}{context and f' [{context}]'}: " + "\n".join(map(str, parts))
    return CONTROL.sub(_escaped, line)


def _quoted(value: str) -> str:
    return value if PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
