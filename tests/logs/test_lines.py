"""What a record looks like when it leaves the process."""

import io
import json
import logging
import logging.config
import re
import threading
from contextvars import copy_context

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory

from generation.logs import (
    NEVER_BELOW,
    Console,
    bound,
    identify_requests,
    line_formatter,
    logging_settings,
    service_line,
)
from tests.project.test_settings import check, show

CANARY = "vda_CANARY0123456789abcdef"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class Written:
    """A logger whose lines are read back."""

    def __init__(self, style):
        self.stream = io.StringIO()
        handler = Console(self.stream)
        handler.setFormatter(line_formatter(style))
        self.logger = logging.Logger("generation.lifecycle.dispatch", logging.DEBUG)
        self.logger.addHandler(handler)

    @property
    def text(self):
        return self.stream.getvalue()

    @property
    def line(self):
        (line,) = self.text.splitlines()
        return line

    @property
    def event(self):
        return json.loads(self.line)


@pytest.fixture
def text():
    return Written("text")


@pytest.fixture
def as_json():
    return Written("json")


@pytest.fixture(params=["text", "json"])
def either(request):
    return Written(request.param)


def test_text_is_for_people(text):
    text.logger.info("sent %d of %s", 2, "three")
    assert re.fullmatch(f"{TIME} INFO generation.lifecycle.dispatch: sent 2 of three", text.line)


def test_json_is_for_machines(as_json):
    as_json.logger.warning("sent %d", 2, extra={"attempt": 3, "seconds": 1.5, "good": True})
    event = as_json.event
    assert re.fullmatch(TIME, event.pop("timestamp"))
    assert event == {
        "level": "warning",
        "logger": "generation.lifecycle.dispatch",
        "event": "sent 2",
        "attempt": 3,
        "seconds": 1.5,
        "good": True,
    }


def test_numbers_that_json_does_not_know_are_text(as_json):
    as_json.logger.info("odd", extra={"seconds": float("nan")})
    assert as_json.event["seconds"] == "nan"


def test_of_extra_only_plain_values_are_kept(as_json):
    as_json.logger.info("x", extra={"request": RequestFactory().get("/"), "args_given": [CANARY]})
    assert set(as_json.event) == {"timestamp", "level", "logger", "event"}


def test_context_stands_before_the_message(text):
    with bound(task="1a2b", key='Team "A"'):
        text.logger.info("sent")
    assert text.line.endswith(
        r' INFO generation.lifecycle.dispatch [key="Team \"A\"" task=1a2b]: sent'
    )


def test_context_is_on_every_line_inside_and_on_none_outside(as_json):
    with bound(request="r-1"), bound(task="t-1"):
        as_json.logger.info("inside")
    as_json.logger.info("outside")
    inside, outside = map(json.loads, as_json.text.splitlines())
    assert (inside["request"], inside["task"]) == ("r-1", "t-1")
    assert {"request", "task", "key"}.isdisjoint(outside)


def test_context_ends_with_an_error(as_json):
    with pytest.raises(RuntimeError), bound(task="t-1"):
        raise RuntimeError
    as_json.logger.info("outside")
    assert "task" not in as_json.event


def test_a_thread_takes_the_context_along_when_asked(as_json):
    with bound(task="t-1"):
        run = copy_context().run
        thread = threading.Thread(target=run, args=(as_json.logger.info, "inside"))
        thread.start()
        thread.join()
    assert as_json.event["task"] == "t-1"


@pytest.mark.parametrize(
    "message", ["a\nb", "a\r\nb", "a\x0bb", "a\x1b[2Jb", "a\x85b", "a\u2028b", "a\u202eb"]
)
def test_a_message_is_one_line_and_moves_no_terminal(either, message):
    either.logger.info(message)
    assert either.text.endswith("\n")
    assert either.line.isascii()
    assert either.line.isprintable()


def test_a_label_cannot_pose_as_a_line_or_as_context(text):
    with bound(key='Team]: sent\n2026-01-01 INFO x: "'):
        text.logger.info("real")
    assert r"""key="Team]: sent\n2026-01-01 INFO x: \""] """.rstrip() in text.line


def test_text_that_no_stream_can_encode_is_escaped(either):
    either.logger.info("a\ud800b")
    assert either.text.encode()


def test_an_error_is_one_line_with_its_cause(either):
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error
    except ValueError:
        either.logger.exception("failed")
    assert "KeyError" in either.line
    assert r"\nValueError: second" in either.line


def leak(logger):
    """The key in every place that a record has."""
    try:
        raise ValueError(f"refused {CANARY}") from KeyError(CANARY)
    except ValueError as error:
        error.add_note(f"sent with Authorization: Bearer {CANARY}")
        logger.exception("with %s", CANARY)
        logger.info("with %r", {"Authorization": f"Bearer {CANARY}"}, stack_info=True)
        logger.info(f"with {CANARY}", extra={"detail": CANARY, "list": [CANARY]})
        with bound(key=CANARY):
            logger.error("failed", exc_info=error)


def test_a_key_is_nowhere(either):
    leak(either.logger)
    assert len(either.text.splitlines()) == 4
    assert either.text.count("[hidden]") >= 8
    assert CANARY[4:] not in either.text


def test_the_stack_is_kept(as_json):
    as_json.logger.info("where", stack_info=True)
    assert "test_the_stack_is_kept" in as_json.event["stack"]


def test_a_broken_record_is_not_printed_raw(either, capsys):
    either.logger.info("%d", CANARY)
    assert "CANARY" not in either.text + capsys.readouterr().err
    assert re.fullmatch(
        r"a log record of generation.lifecycle.dispatch, test_lines.py:\d+ is lost: TypeError",
        either.line,
    )


def test_a_long_text_keeps_its_ends(as_json):
    as_json.logger.info("begin %s end", "word " * 50_000)
    event = as_json.event["event"]
    assert (event[:5], event[-3:]) == ("begin", "end")
    assert len(event) < 8_100


def test_chatty_libraries_never_say_less_than_warnings():
    loggers = logging_settings("debug", "text")["loggers"]
    assert {name: logger["level"] for name, logger in loggers.items()} == NEVER_BELOW
    assert NEVER_BELOW["httpx"] == NEVER_BELOW["httpcore"] == "WARNING"


def test_who_wants_only_errors_gets_only_errors():
    settings = logging_settings("error", "text")
    assert {logger["level"] for logger in settings["loggers"].values()} == {"ERROR"}
    assert settings["root"]["level"] == "ERROR"


@pytest.mark.parametrize(("level", "style"), [("LOUD", "text"), ("INFO", "xml")])
def test_nonsense_is_refused(level, style):
    with pytest.raises(ImproperlyConfigured, match=r"LOG_\w+ is one of"):
        logging_settings(level, style)


def answered(**headers):
    seen = []

    def view(request):
        out = Written("json")
        out.logger.info("inside")
        seen.append(out.event["request"])
        return HttpResponse("ok")

    response = identify_requests(view)(RequestFactory().get("/", headers=headers))
    assert response["X-Request-ID"] == seen[0]
    return seen[0]


def test_every_request_has_an_id():
    assert re.fullmatch("[0-9a-f]{32}", answered())
    assert answered() != answered()


def test_the_proxys_id_is_taken_over():
    assert answered(x_request_id="0f4c1d2e-proxy-1") == "0f4c1d2e-proxy-1"


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space in it", "a\tlog=forged", "ä" * 9])
def test_an_id_that_is_none_is_replaced(given):
    assert re.fullmatch("[0-9a-f]{32}", answered(x_request_id=given))


def test_a_services_json_says_whose_it_is():
    assert json.loads(service_line("web", '{"event": "x"}')) == {"event": "x", "service": "web"}


@pytest.mark.parametrize("line", [f"crashed with {CANARY}", "17", "", "{broken"])
def test_a_services_other_lines_are_wrapped(line):
    event = json.loads(service_line("poll", line))
    assert event["service"] == "poll"
    assert event["event"] == line.replace(CANARY, "[hidden]")


LOG = """
import logging
from django.core.handlers.wsgi import WSGIRequest
logging.getLogger("httpx").info("GET https://cdn.example/1.mp4?sig=1")
logging.getLogger("django.request").error("two\\nlines", extra={"status_code": 500})
logging.getLogger("gunicorn.error").warning("a worker was late")
logging.getLogger("django-q").warning("late")
"""


def test_every_process_writes_this_way(tmp_path):
    done = check(tmp_path, "shell", "-v0", "-c", LOG, LOG_FORMAT="json", LOG_LEVEL="debug")
    events = [json.loads(line) for line in done.stderr.splitlines()]
    names = [event["logger"] for event in events if event["level"] != "debug"]
    assert names == ["django.request", "gunicorn.error", "django-q"]


def test_a_wrong_format_stops_the_start_with_a_sentence(tmp_path):
    done = check(tmp_path, LOG_FORMAT="yaml")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "viduweb cannot start:",
        "  LOG_FORMAT must be one of text, json, not “yaml”.",
    ]


def test_an_empty_line_in_env_is_the_usual(tmp_path):
    assert show(tmp_path, "s.LOG_LEVEL, s.LOG_FORMAT", LOG_LEVEL="", LOG_FORMAT="") == (
        "('INFO', 'text')"
    )


def test_a_foreign_host_is_one_line_without_a_stack(client, db, text, monkeypatch):
    """As scanners send it, who would fill the log otherwise."""
    logger = logging.getLogger("django.security.DisallowedHost")
    monkeypatch.setattr(logger, "handlers", text.logger.handlers)
    assert client.get("/login/", headers={"host": "203.0.113.9"}).status_code == 400
    assert "WARNING django.security.DisallowedHost" in text.line
    assert "203.0.113.9" in text.line
    assert "Traceback" not in text.line
