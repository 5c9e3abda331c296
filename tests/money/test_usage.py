"""Usage: the figures are those of the tasks, and nobody sees another's."""

import csv
import io
import json
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation.lifecycle import settling
from generation.lifecycle.enqueue import SubjectInput
from generation.models import AuditEvent, LedgerEntry, Task
from generation.money import rebuild
from generation.money.days import Days, month_of, today
from generation.money.reports import Crossed, Scope, crossed, total
from generation.presenters.exports import COLUMNS
from generation.presenters.spreadsheet import safe
from generation.presenters.usage import Link, cents
from generation.presenters.usage_chart import _top
from generation.presenters.usage_table import MOST_COLUMNS, MOST_LINES, Labels, table
from generation.views import usage_export
from tests.factories import make_key, make_output

REFERENCE = "viduq2_pro_fast_reference2video"


@pytest.fixture
def history(submitted, end, alice, bob):
    """Alice has a result and a wasted task, bob one with a subject and one that is open."""
    with time_machine.travel("2026-10-15T12:00:00+00:00"):
        end(submitted(), "completed", cost=Decimal("0.10"))
    with time_machine.travel("2026-11-10T12:00:00+00:00"):
        made = submitted()
        make_output(made)
        end(made, "completed", cost=Decimal("0.25"))
        end(submitted(), "failed", cost=Decimal("0.20"))
        rex = [SubjectInput("rex", "Rex", "", [])]
        named = submitted(owner=bob, model=REFERENCE, subjects=rex, params={"prompt": "@rex runs"})
        end(named, "completed", cost=Decimal("0.40"))
        end(submitted(owner=bob), "failed")
    rebuild.rebuild(*Task.objects.dates("created_at", "day"))


def page(client, name="usage", **given):
    return client.get(reverse(name), {"since": "2026-11-01", "until": "2026-11-30"} | given)


def text(answer, status=200):
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def test_an_admin_sees_everybodys_figures(client_for, admin, history):
    shown = text(page(client_for(admin)))
    assert "$0.85" in shown
    assert "$0.10 in October 2026" in shown
    assert "2 of 4 tasks" in shown
    assert ">$0.20</a></b>" in shown
    assert "alice" in shown
    assert "bob" in shown


def test_a_member_sees_their_own_page_only(client_for, alice, history):
    client = client_for(alice)
    shown = text(page(client))
    assert "$0.45" in shown
    assert "bob" not in shown
    assert "There is no such member" in text(page(client, member="bob"), 422)
    rows = text(page(client, "usage-tasks"))
    assert rows.count("/tasks/") >= 2
    assert "@rex runs" not in rows


@pytest.mark.parametrize("name", ["usage", "usage-tasks"])
def test_the_label_of_a_key_is_its_owners_the_teams_and_the_admins(
    client_for, alice, bob, admin, team_key, name
):
    own = make_key(bob, "Bobs secret project")
    for who, key, is_said in (
        (alice, own, False), (bob, own, True), (admin, own, True), (alice, team_key, True),
    ):  # fmt: skip
        said = page(client_for(who), name, key=str(key.pk)).context["narrowed"]
        assert said == ([key.label] if is_said else [])


@pytest.mark.parametrize("first", ["member", "key", "model", "kind", "day", "subject"])
@pytest.mark.parametrize("second", ["", "member", "key", "model", "kind", "day", "subject"])
def test_any_two_are_crossed_and_add_up(client_for, admin, history, first, second):
    by = [name for name in dict.fromkeys((first, second)) if name]
    answer = page(client_for(admin), by=by)
    assert answer.status_code == 200
    whole = answer.context["table"].foot[-1]
    assert whole == ("$0.40" if "subject" in by else "$0.85")


def test_a_figure_leads_to_its_tasks(client_for, admin, history):
    client = client_for(admin)
    answer = page(client, by=["member", "model"])
    line = next(line for line in answer.context["table"].lines if line.label == "alice")
    rows = client.get(line.all.url)
    assert [task.charge for task in rows.context["tasks"]] == [Decimal("0.20"), Decimal("0.25")]
    wasted = client.get(answer.context["wasted_url"]).context["tasks"]
    assert [task.charge for task in wasted] == [Decimal("0.20")]
    bar = next(bar for bar in answer.context["chart"].bars if bar.tasks)
    assert (bar.words, bar.spent) == ("Tue 10 Nov 2026", "$0.85")
    assert len(client.get(bar.url).context["tasks"]) == 4


def test_chart_and_table_say_the_same(client_for, admin, history):
    shown = text(page(client_for(admin)))
    assert shown.count("Tue 10 Nov 2026: $0.85, 4 tasks") == 2
    assert '<th scope="row">Tue 10 Nov 2026</th><td>4</td>' in shown


def test_every_total_is_the_sum_of_its_rows(client_for, admin, history):
    """Chart, table, list and CSV are four ways to the same figure."""

    def cents(said):
        return round(float(said.replace("$", "").replace("–", "0")) * 100)

    client = client_for(admin)
    answer = page(client, by=["member", "model"])
    table = answer.context["table"]
    for n, foot in enumerate(table.foot[:-1]):
        assert cents(foot) == sum(cents(line.cells[n].text) for line in table.lines)
    whole = cents(table.foot[-1])
    assert whole == sum(cents(line.all.text) for line in table.lines) == 85
    assert whole == sum(cents(bar.spent) for bar in answer.context["chart"].bars)
    assert whole == cents(answer.context["spent"]["amount"])
    tasks = client.get(answer.context["tasks_url"]).context["tasks"]
    assert whole == sum(round((task.charge or 0) * 100) for task in tasks)
    table = b"".join(client.get(answer.context["export"]).streaming_content).decode()
    assert whole == sum(
        cents(row["charged_usd"] or "0") for row in csv.DictReader(table.splitlines())
    )


def test_what_cost_most_is_what_it_was_settled_at(client_for, admin, history):
    dear, *rest = page(client_for(admin)).context["top"]
    assert (dear.charge, len(rest)) == (Decimal("0.40"), 2)
    settling.settle(dear, admin, Decimal("0.01"), "Given back.")
    settling.settle(Task.objects.open().get(), admin, Decimal("0.30"), "The bill.")
    top = page(client_for(admin)).context["top"]
    assert [float(task.charge) for task in top] == [0.30, 0.25, 0.20, 0.01]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"since": "yesterday"}, "Give a day as 2026-11-30."),
        ({"since": "2026-12-24"}, "This is before the first day."),
        ({"model": "sora"}, "There is no such model."),
        ({"by": ["member", "key", "model"]}, "Cross two at most."),
        ({"since": "1926-01-01"}, "Ten years at most."),
        ({"since": "1926-01-01", "until": ""}, "Ten years at most."),
    ],
)
def test_a_wrong_address_is_told(client_for, admin, given, sentence):
    assert sentence in text(page(client_for(admin), **given), 422)
    assert page(client_for(admin), "usage-export", **given).status_code == 422
    assert sentence in text(page(client_for(admin), "usage-tasks", **given), 422)


def test_an_empty_month_says_so(client_for, admin):
    assert "Nothing was made in this time" in text(page(client_for(admin)))


def test_long_ranges_have_bars_of_weeks_and_months(client_for, admin, history):
    client = client_for(admin)
    weeks = page(client, since="2026-09-01").context["chart"]
    assert (weeks.unit, len(weeks.bars)) == ("week", 14)
    months = page(client, since="2025-01-01").context["chart"]
    assert (months.unit, len(months.bars)) == ("month", 23)
    assert sum(bar.tasks for bar in months.bars) == 5


def test_a_table_says_what_it_has_no_room_for():
    cells = {
        (f"model {n}", user): {"charged": n, "tasks": 1, "held": 0, "kept": 0}
        for n in range(MOST_LINES + 2)
        for user in range(MOST_COLUMNS + 1)
    }
    names = {user: f"user-{user}" for user in range(MOST_COLUMNS + 1)}
    link = Link(Scope(month_of(today())), names)
    found = Crossed(cells)
    shown = table(["model", "member"], found, Labels(names, {}, found), link)
    assert (len(shown.lines), len(shown.columns)) == (MOST_LINES, MOST_COLUMNS + 2)
    assert shown.note == "Not shown, but in the sums: 2 more lines and 1 more column."
    assert shown.foot[-1] == cents(sum(cell["charged"] for cell in cells.values()))


def test_the_top_of_the_chart_is_round():
    assert [_top(n) for n in (0, 30_000, 30_001, 27_000_000)] == [
        30_000,
        30_000,
        60_000,
        30_000_000,
    ]


def test_the_figures_are_those_of_the_tasks(history):
    days = Days(
        today().replace(year=2026, month=11, day=1), today().replace(year=2026, month=11, day=30)
    )
    scope = Scope(days)
    sums = total(scope)
    assert sums["charged"] == sum(int(task.charge * 10**6) for task in scope.tasks() if task.charge)
    by_member = crossed(scope, ["member"]).cells
    assert sum(cell["charged"] for cell in by_member.values()) == sums["charged"]


# Exports


def exported(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_csv_has_a_row_for_every_task(client_for, admin, history):
    answer = page(client_for(admin), "usage-export")
    rows = exported(answer)
    assert tuple(rows[0]) == COLUMNS
    assert [row["charged_usd"] for row in rows] == ["0.25", "0.2", "0.4", ""]
    assert [row["member"] for row in rows] == ["alice", "alice", "bob", "bob"]
    assert (rows[0]["duration_s"], rows[0]["estimate_usd"]) == ("5", "0.1")
    assert (rows[2]["subjects"], rows[2]["kind"]) == ("rex", "video")
    assert 'filename="usage-2026-11-01-2026-11-30.csv"' in answer["Content-Disposition"]


def test_members_export_their_own(client_for, bob, history):
    rows = exported(page(client_for(bob), "usage-export"))
    assert {row["member"] for row in rows} == {"bob"}


def test_no_cell_is_a_formula(client_for, admin, submitted, make_user):
    for text_ in ("=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\0=1"):
        assert safe(text_) == f"'{text_}"
    assert safe("a=1") == "a=1"
    submitted(owner=make_user("=cmd"))
    (row,) = exported(client_for(admin).get(reverse("usage-export")))
    assert row["member"] == "'=cmd"


def test_json_has_the_ledger_too(client_for, admin, history):
    answer = page(client_for(admin), "usage-export-json")
    whole = json.loads(b"".join(answer.streaming_content))
    assert len(whole["tasks"]) == 4
    charged = [line for line in whole["ledger"] if line["kind"] == "charged"]
    assert [line["amount_usd"] for line in charged] == ["0.25", "0.2", "0.4"]


@pytest.mark.parametrize("at_once", [1, 2, 3, 4])
def test_exports_lose_and_double_nothing_between_two_pieces(
    client_for, admin, history, monkeypatch, at_once
):
    Task.objects.update(created_at=Task.objects.latest("created_at").created_at)
    monkeypatch.setattr(usage_export, "AT_ONCE", at_once)
    whole = json.loads(b"".join(page(client_for(admin), "usage-export-json").streaming_content))
    ids = [str(task.pk) for task in Task.objects.order_by("pk")]
    assert [row["task"] for row in whole["tasks"]] == ids
    of_tasks = [ids.index(line["task"]) for line in whole["ledger"]]
    assert of_tasks == sorted(of_tasks)
    assert len(of_tasks) == LedgerEntry.objects.count()


def test_an_export_reads_no_further_than_it_was_taken(client_for, admin, history, monkeypatch):
    monkeypatch.setattr(usage_export, "AT_ONCE", 2)
    lines = iter(page(client_for(admin), "usage-export").streaming_content)
    with CaptureQueriesContext(connection) as asked:
        for _ in range(3):
            next(lines)
    assert len(asked) == 2
    assert "LIMIT 2" in asked[0]["sql"]


# Settling


def test_an_admin_settles_what_is_open(client_for, admin, history):
    client = client_for(admin)
    (task,) = page(client, "usage-tasks", only="open").context["tasks"]
    url = reverse("usage-settle", args=[task.pk]) + "?since=2026-11-01&until=2026-11-30&only=open"
    wrong = client.post(url, {"amount": "much", "reason": "The bill."})
    assert "Give an amount in USD" in text(wrong, 422)
    assert 'value="The bill."' in text(wrong, 422)
    assert client.post(url, {"amount": "0.05", "reason": "The bill."}).status_code == 302
    task.refresh_from_db()
    assert task.charge == Decimal("0.05")
    assert AuditEvent.objects.filter(what="task.settled", who=admin).exists()
    assert "$0.90" in text(page(client))
    assert rebuild.differences(task.created_at.date()) == []


def test_members_settle_nothing(client_for, bob, history):
    task = Task.objects.open().get()
    client = client_for(bob)
    assert reverse("usage-settle", args=[task.pk]) not in text(
        page(client, "usage-tasks", only="open")
    )
    answer = client.post(reverse("usage-settle", args=[task.pk]), {"amount": "0", "reason": "x"})
    assert answer.status_code == 404


def test_the_page_asks_few_questions(client_for, admin, history, django_assert_max_num_queries):
    client = client_for(admin)
    page(client)
    with django_assert_max_num_queries(19):
        page(client)


def test_no_list_says_what_only_a_member_sees(client_for, admin, alice, history):
    Task.objects.update(visibility="private")
    for name, more in (("usage", {}), ("usage-tasks", {}), ("usage-tasks", {"only": "wasted"})):
        shown = text(page(client_for(admin), name, **more))
        assert "A private task of alice" in shown
        assert "A calm sea" not in shown
        assert "A calm sea" in text(page(client_for(alice), name, member="alice", **more))
