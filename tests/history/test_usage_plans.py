"""How the database answers /usage/: by indexes, whichever dimension is asked, and never by all tasks."""

import json
import re

import pytest
from django.db import connection
from django.urls import reverse

from generation.models import User
from generation.views.usage import CROSSES, OWN, SINGLE

from .work import complaints, counted

ROLL_UP = (
    *("generation_dailyusage", "generation_dailytotal", "generation_monthlyusage"),
    *("generation_subjectusage", "generation_monthlysubjectusage"),
)
GROWING = (
    *("generation_task", "generation_ledgerentry", "generation_keptresult", "generation_output"),
    *("generation_favourite", "generation_review", "generation_download"),
    "generation_tasksubject",
)
SPANS = {
    "month": {"since": "2026-10-01", "until": "2026-10-31"},
    "odd days": {"since": "2026-09-05", "until": "2026-11-12"},
}
BY = [*((one,) for one in SINGLE), *CROSSES, *OWN, ("day", "member"), ("collection", "member")]

MOST = 2_000
"""Rows a statement may visit, but for collections: those are as large as they are."""

ALIAS = re.compile(r'"(generation_\w+)" ([A-Z]\d+)\b')


def plan_of(statement):
    """Table and how it is read, of each table of a plan; PostgreSQL may not read any whole."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.params)
            return [row[3] for row in cursor.fetchall()]
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement.sql}", statement.params)
        (plan,) = cursor.fetchone()
        cursor.execute("SET enable_seqscan = on")
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return list(_reads(plan[0]["Plan"]))


def _reads(node):
    if index := node.get("Index Name"):
        table = node.get("Relation Name", index)
        yield f"{'SEARCH' if 'Index Cond' in node else 'SCAN'} {table} {index}"
    elif table := node.get("Relation Name"):
        # A bitmap says below itself which index it is of.
        yield f"{'SCAN' if node['Node Type'] == 'Seq Scan' else 'HEAP'} {table}"
    for child in node.get("Plans", ()):
        yield from _reads(child)


def whole(statement, tables):
    """What of the plan reads one of the tables from its begin to its end."""
    named = {(table, table) for table in tables if f'"{table}"' in statement.sql}
    # As SQLite calls them that are asked within another question.
    named |= {(alias, table) for table, alias in ALIAS.findall(statement.sql) if table in tables}
    if not named:
        return []
    return [
        f"{line} ({table})"
        for line in plan_of(statement)
        for name, table in named
        if "SCAN" in line and name in line.split()
    ]


@pytest.fixture
def admin_client(history, client_for, db):
    User.objects.filter(username="fake-2").update(is_active=True, is_staff=True)
    return client_for(User.objects.get(username="fake-2"))


def statements(client, **given):
    with counted() as work:
        answer = client.get(reverse("usage"), given)
    assert answer.status_code == 200
    return answer, [one for one in work.statements if one.is_question]


@pytest.mark.parametrize("span", SPANS)
def test_no_report_reads_a_table_whole(span, admin_client):
    found = []
    for by in BY:
        _, asked = statements(admin_client, **SPANS[span], by=by)
        for one in asked:
            wrong = whole(one, ROLL_UP) + whole(one, GROWING)
            if "collection" not in one.sql and not any(table in one.sql for table in ROLL_UP):
                wrong += complaints(one, MOST)
            found += [(by, line, one.sql) for line in wrong]
    assert found == []


def test_kept_seconds_are_read_from_the_roll_up_alone(admin_client):
    for by in BY:
        answer, asked = statements(admin_client, **SPANS["odd days"], by=by)
        assert answer.context["current"]["kept"] > 0
        marks = ("generation_favourite", "generation_review", "generation_download")
        marks += ("generation_keptresult", "generation_ledgerentry")
        assert [one.sql for one in asked if any(mark in one.sql for mark in marks)] == [], by


@pytest.mark.parametrize("name", ["member", "model", "kind", "subject", "key"])
def test_what_is_narrowed_reads_its_own_rows(name, admin_client):
    some = {"member": "fake-3", "model": "viduq1_img2video", "kind": "image", "subject": "fake_1"}
    _, asked = statements(admin_client, **SPANS["odd days"], **{name: some.get(name, "")})
    assert [line for one in asked for line in whole(one, (*ROLL_UP, *GROWING))] == []
