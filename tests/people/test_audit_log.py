"""The audit log: read by admins, changed by nobody, shortened by the setting alone."""

import ast
import csv
import re
from datetime import timedelta
from io import StringIO
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone
from environs import Env

from generation.models import AuditEvent, Counter
from generation.people import audit_log, settings_audit
from generation.people.audit_words import WORDS, Group, words_of
from viduweb.values import Values

ROOT = Path(django_settings.BASE_DIR)


@pytest.fixture
def ada(client_for, admin):
    return client_for(admin)


def write(what="key.added", target="Team", days=0, **fields):
    """A row of so many days ago, as the code of that day would have written it."""
    row = AuditEvent(what=what, target=target, **fields)
    AuditEvent._meta.get_field("at").auto_now_add = False
    try:
        row.at = timezone.now() - timedelta(days=days)
        row.save()
    finally:
        AuditEvent._meta.get_field("at").auto_now_add = True
    return row


def targets_in(response):
    html = response.content.decode()
    return [row.target for row in AuditEvent.objects.order_by("-id") if f">{row.target}<" in html]


# Append-only


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE generation_auditevent SET target = 'x'",
        "UPDATE generation_auditevent SET at = '2020-01-01 00:00:00'",
        "DELETE FROM generation_auditevent",
    ],
)
@pytest.mark.parametrize("days", [0, 29, 4000])
def test_the_database_refuses_changes(db, sql, days):
    write(days=days)
    with (
        pytest.raises((IntegrityError, DatabaseError), match="line of the audit log"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert AuditEvent.objects.get().target == "Team"


def test_even_where_pruning_goes_on_the_young_stay(db):
    write(days=29)
    Counter.objects.create(name="audit-pruning")
    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        AuditEvent.objects.all().delete()
    assert AuditEvent.objects.count() == 1


def test_what_is_older_than_the_setting_goes(db, settings):
    settings.AUDIT_DAYS = 100
    for days in (0, 99, 101, 500):
        write(target=f"{days} days", days=days)
    assert audit_log.prune() == 2
    assert set(AuditEvent.objects.values_list("target", flat=True)) == {"0 days", "99 days"}
    assert not Counter.objects.filter(name="audit-pruning").exists()
    assert audit_log.prune() == 0


def test_nothing_goes_when_all_is_kept(db, settings):
    settings.AUDIT_DAYS = 0
    write(days=5000)
    assert audit_log.prune() == 0


def test_a_large_log_is_pruned_a_part_at_a_time(db, monkeypatch, settings):
    monkeypatch.setattr(audit_log, "AT_ONCE", 3)
    for _ in range(5):
        write(days=1000)
    assert [audit_log.prune() for _ in range(3)] == [3, 2, 0]


# The page


def test_it_shows_who_did_what_when_and_from_where(ada, admin):
    write(who=admin, address="192.0.2.7", target="Team …0000")
    html = ada.get("/team/audit/").content.decode()
    for words in ("Added a key", "Team …0000", "192.0.2.7", "ada"):
        assert words in html


def test_members_have_none(client_for, alice):
    for path in ("/team/audit/", "/team/audit/export.csv"):
        assert client_for(alice).get(path).status_code == 404


def test_filters_go_together(ada, admin, alice):
    write(who=admin, target="one")
    write(who=alice, target="two")
    write("login.done", who=alice, target="three")
    write(who=alice, target="four", days=10)
    assert targets_in(ada.get("/team/audit/?group=keys")) == ["four", "two", "one"]
    assert targets_in(ada.get("/team/audit/?who=alice&group=keys")) == ["four", "two"]
    today = timezone.now().date()
    since = f"/team/audit/?who=alice&since={today - timedelta(days=1)}"
    assert targets_in(ada.get(since)) == ["three", "two"]
    until = f"/team/audit/?until={today - timedelta(days=5)}"
    assert targets_in(ada.get(until)) == ["four"]
    assert "Nothing in the log fits" in ada.get("/team/audit/?who=nobody").content.decode()


@pytest.mark.parametrize("query", ["group=x", "since=yesterday", "until=2026-13-01"])
def test_a_wrong_filter_is_422_beside_its_field(ada, query):
    answer = ada.get(f"/team/audit/?{query}")
    assert answer.status_code == 422
    assert "_error" in answer.content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "٣", "1e9", ""])
def test_a_crafted_place_is_the_first_page(ada, before):
    assert ada.get("/team/audit/", {"before": before}).status_code == 200


def test_it_goes_on_without_gaps(ada):
    AuditEvent.objects.bulk_create(
        AuditEvent(what="key.added", target=f"row {number}") for number in range(120)
    )
    seen, path = [], "/team/audit/"
    while path:
        html = ada.get(path).content.decode()
        seen += targets_in(ada.get(path))
        older = re.search(r'href="(\?before=\d+)"', html)
        path = f"/team/audit/{older[1]}" if older else ""
    assert seen == [f"row {number}" for number in reversed(range(120))]


def test_a_page_asks_the_same_however_long_the_log(ada, django_assert_num_queries):
    ada.get("/team/audit/")
    with django_assert_num_queries(4):
        ada.get("/team/audit/")
    AuditEvent.objects.bulk_create(AuditEvent(what="key.added", target="x") for _ in range(300))
    with django_assert_num_queries(4):
        ada.get("/team/audit/")


STARTERS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"]


def test_the_file_has_every_row_and_no_formula(ada, admin):
    for text in STARTERS:
        write(who=admin, target=text, address="192.0.2.7")
    answer = ada.get("/team/audit/export.csv?group=keys")
    assert answer.streaming
    assert "attachment" in answer["Content-Disposition"]
    rows = list(csv.reader(StringIO(b"".join(answer.streaming_content).decode(), newline="")))
    assert rows[0] == ["at", "who", "what", "target", "address"]
    assert [row[3] for row in rows[1:]] == [f"'{text}" for text in reversed(STARTERS)]
    assert all(row[1] == "ada" and row[4] == "192.0.2.7" for row in rows[1:])
    exported = AuditEvent.objects.get(what="audit.exported")
    assert (exported.who, exported.target) == (admin, "group=keys")


# Words


def test_every_word_that_is_written_is_explained():
    written = set()
    for path in (ROOT / "generation").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", "")
            given = [k.value for k in node.keywords if k.arg == "what"]
            if name in ("audit", "audit_hourly") and len(node.args) > 1:
                given.append(node.args[1])
            if name == "opened" and isinstance(node.args[-1], ast.Constant):
                written.add(f"subject.{node.args[-1].value}-private")
            written |= {
                one.value
                for one in given
                if isinstance(one, ast.Constant) and "." in str(one.value)
            }
    assert len(written) > 20
    assert written - set(WORDS) == set()


def test_every_group_has_words_and_every_word_a_group():
    found = [words_of(group) for group in Group]
    assert all(found)
    assert sorted(chain.from_iterable(found)) == sorted(WORDS)
    assert all(word.sentence for word in WORDS.values())


# Settings that changed between starts


def test_a_setting_that_changed_is_written_down_and_a_secret_without_its_value(db, settings):
    settings.GIVEN_SETTINGS = {"PORT": "8000", "SECRET_KEY": "#aa", "REDIS_URL": "#cc"}
    assert settings_audit.note_changed_settings() == []
    settings.GIVEN_SETTINGS = {"PORT": "9000", "SECRET_KEY": "#bb", "WORKERS": "4"}
    settings_audit.note_changed_settings()
    settings_audit.note_changed_settings()
    host = settings.HOST_NAME
    assert list(AuditEvent.objects.order_by("id").values_list("who", "target")) == [
        (None, f"{host}: PORT 8000, now 9000"),
        (None, f"{host}: REDIS_URL set, now not set"),
        (None, f"{host}: SECRET_KEY has another value"),
        (None, f"{host}: WORKERS not set, now 4"),
    ]


def test_settings_remember_no_secret(monkeypatch):
    monkeypatch.setenv("METRICS_TOKEN", "a-token-of-twenty-letters")
    monkeypatch.setenv("PORT", "8001")
    values = Values(Env())
    values.text("METRICS_TOKEN")
    values.text("PORT")
    given = values.given()
    assert given["PORT"] == "8001"
    assert given["METRICS_TOKEN"].startswith("#")
    assert "twenty" not in str(given)


@pytest.mark.django_db(transaction=True)
def test_commands_write_down_what_they_do(tmp_path):
    from django.core.management import call_command

    call_command("backup", str(tmp_path / "nightly.backup"), stdout=StringIO())
    row = AuditEvent.objects.get()
    assert (row.who, row.what, row.target) == (None, "backup.made", "nightly.backup")
