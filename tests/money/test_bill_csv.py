"""A bill may be written in any way; each line says an amount of a task, or why it does not."""

import io
from datetime import date

import pytest

from generation.money import bill_csv
from generation.money.bill_csv import Charge, Columns, Unreadable, charges, guess, shape_of


@pytest.mark.parametrize(
    ("text", "decimal", "micros"),
    [
        ("0.20", ".", 200_000),
        ("$0.20", ".", 200_000),
        ("USD 1,234.5", ".", 1_234_500_000),
        ("1.234,50 $", ",", 1_234_500_000),
        ("0,0525", ",", 52_500),
        ("-0.20", ".", -200_000),
        ("−$0.20", ".", -200_000),
        ("($0.20)", ".", -200_000),
        ("0.20-", ".", -200_000),
        ("1\u202f234,50", ",", 1_234_500_000),
        (".5", ".", 500_000),
        ("7", ",", 7_000_000),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(text, decimal, micros):
    assert bill_csv.read_amount(text, decimal)[0] == micros


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("0,20", "."), ("1.234.50", ","), ("€ 0.20", "."), ("0.20 EUR", "."), ("", "."), ("-", "."), (".", "."),
        ("1,2", "."), ("free", "."), ("1e9", "."), ("99999999999999", "."), ("=1+1", "."), ("٣", "."),
    ],
)  # fmt: skip
def test_what_is_no_amount_in_usd_is_refused(text, decimal):
    with pytest.raises(Unreadable):
        bill_csv.read_amount(text, decimal)


def test_days_are_read_where_they_can_only_be_one():
    said = [
        "2026-11-30",
        "2026-11-30T23:59:59Z",
        "2026/11/30 10:00",
        "30.11.2026",
        "11/30/2026",
        "x",
        # not set
        "0001-01-01T00:00:00Z",
        "1970-01-01",
        "9999-12-31",
    ]
    day = date(2026, 11, 30)
    assert [bill_csv.read_day(text) for text in said] == [*[day] * 4, *[None] * 5]


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        (b"\xef\xbb\xbfTask ID,Cost\r\nabc,0.20\r\n", "utf-8-sig", ","),
        ("Task ID;Cost €\nabc;0,20\n".encode("cp1252"), "cp1252", ";"),
        ("Task ID\tCost\nabc\t0.20\n".encode("utf-16"), "utf-16", "\t"),
        (b'\n"Task ID, here"|Cost\nabc|0.20', "utf-8", "|"),
    ],
)  # fmt: skip
def test_a_file_says_itself_how_it_is_written(data, encoding, delimiter):
    file = io.BytesIO(data)
    shape = shape_of(file)
    assert (shape.encoding, shape.delimiter) == (encoding, delimiter)
    found = guess(shape)
    assert (found["remote_id"], found["amount"], found["day"]) == (0, 1, None)
    assert found["decimal"] == ("," if delimiter == ";" else ".")
    columns = Columns(0, 1, None, found["decimal"])
    (line,) = charges(file, encoding, delimiter, columns)
    assert (line.remote_id, line.amount, line.places) == ("abc", 200_000, 2)
    assert not file.closed


def test_the_day_is_guessed_by_what_stands_there():
    shape = shape_of(io.BytesIO(b"Nr;Zeit;id;Betrag\n1;30.11.2026;abc;0,20\n"))
    assert guess(shape) == {"remote_id": 2, "amount": 3, "day": 1, "decimal": ","}


@pytest.mark.parametrize("data", [b"", b" \n", b"one column\n1\n", b"PK\x03\x04\0\0", b"," * 200])
def test_what_is_no_table_is_refused(data):
    with pytest.raises(Unreadable):
        shape_of(io.BytesIO(data))


def test_lines_that_say_nothing_of_a_task_are_told(monkeypatch):
    monkeypatch.setattr(bill_csv, "MOST_LINES", 4)
    text = "id,usd\nabc,free\n,1.00\n\nx\0y,'-0.10\nonly\nabc,1\n"
    found = charges(io.BytesIO(text.encode()), "utf-8", ",", Columns(0, 1, None, "."))
    assert next(found) == "Line 2: “free” is no amount in USD."
    assert next(found) == "Line 3: it names no task."
    assert next(found) == Charge(5, "xy", -100_000, 2, None)
    assert next(found) == "Line 6: “” is no amount in USD."
    with pytest.raises(Unreadable, match="may have 4 lines"):
        next(found)
