import io
import json

from generation.supervisor import process
from generation.supervisor.process import LineSplitter
from generation.supervisor.runner import Printer


def test_every_line_is_marked_with_its_service():
    stream = io.StringIO()
    printer = Printer(stream, ["web", "sandbox"])
    printer.line("web", "hello")
    printer.line("sandbox", "there")
    assert stream.getvalue() == "web     | hello\nsandbox | there\n"


def test_a_closed_stream_stops_nothing():
    stream = io.StringIO()
    stream.close()
    Printer(stream, []).plain("hello")


def test_lines_are_put_together_from_chunks():
    splitter = LineSplitter()
    assert splitter.feed(b"one\ntw") == ["one"]
    assert splitter.feed(b"o\r\n\n") == ["two", ""]


def test_a_last_line_without_an_end_is_kept():
    splitter = LineSplitter()
    splitter.feed(b"one\ntwo")
    assert splitter.close() == ["two"]
    assert splitter.close() == []


def test_bytes_that_are_no_text_do_not_stop_it():
    assert LineSplitter().feed(b"\xff!\n") == ["\N{REPLACEMENT CHARACTER}!"]


def test_an_endless_line_is_passed_on_in_pieces(monkeypatch):
    monkeypatch.setattr(process, "LONGEST_LINE", 4)
    assert LineSplitter().feed(b"123456") == ["123456"]


def test_json_lines_say_whose_they_are():
    stream = io.StringIO()
    printer = Printer(stream, ["web"], as_json=True)
    printer.line("web", '{"event": "hello"}')
    printer.line("web", "Traceback (most recent call last):")
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [event["service"] for event in events] == ["web", "web"]
    assert [event["event"] for event in events] == ["hello", "Traceback (most recent call last):"]
