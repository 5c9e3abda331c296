"""Reports say of any range, narrowed and split in any way, what its tasks say."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from django.db.models import Q

from generation.lifecycle import settling
from generation.lifecycle.enqueue import SubjectInput
from generation.models import (
    NO_KEY,
    DailyTotal,
    DailyUsage,
    MonthlySubjectUsage,
    MonthlyUsage,
    SubjectUsage,
    Task,
    TaskSubject,
)
from generation.money import dearest, listed, rebuild, reports
from generation.money.days import Days, whole_months
from generation.money.reports import DIMENSIONS, Scope
from generation.money.rollup import kind_of
from tests.factories import make_task

TABLES = (DailyUsage, DailyTotal, MonthlyUsage, SubjectUsage, MonthlySubjectUsage)
CHOSEN = ("viduq2_turbo_img2video", "viduq2_pro_fast_reference2video", "viduq2_reference2image")
FIRST, LAST = date(2026, 1, 20), date(2026, 8, 10)


@pytest.fixture
def history(alice, bob, team_key):
    chance = random.Random(11)
    for _ in range(40):
        at = datetime(2026, 1, 20, 12, tzinfo=UTC) + timedelta(days=chance.randrange(203))
        state = chance.choice(["completed", "failed", "lost", "canceled", "uncertain"])
        task = make_task(
            chance.choice([alice, bob]),
            state,
            model=chance.choice(CHOSEN),
            key=chance.choice([team_key, None]),
            created_at=at,
            finished_at=None if state == "uncertain" else at,
            cost=chance.choice([None, Decimal("0.1"), Decimal("0.25")]),
            sent_at=at,
        )
        for position, handle in enumerate(chance.sample(["rex", "ida"], chance.randrange(3))):
            TaskSubject.objects.create(task=task, handle=handle, position=position)
    rebuild_all()


def rebuild_all():
    rebuild.rebuild(*Task.objects.dates("created_at", "day"))


def places_of(task):
    one = {
        "user": task.owner_id,
        "key": task.key_id or NO_KEY,
        "model": task.model,
        "kind": kind_of(task.model),
        "day": task.created_at.date(),
        "charged": int((task.charge or 0) * 10**6),
    }
    return [{**one, "handle": subject.handle} for subject in task.subjects.all()] or [one]


def charged(tasks, days, columns, given):
    """Millionths by the columns, of the places of the tasks themselves."""
    found = Counter()
    for task in tasks:
        places = [p for p in task if all(p.get(n) == v for n, v in given.items())]
        named = [place for place in places if "handle" in place]
        for place in named if "handle" in columns else places[:1]:
            if days.since <= place["day"] <= days.until:
                found[tuple(place[column] for column in columns)] += place["charged"]
    return {place: amount for place, amount in found.items() if amount}


RANGES = (
    (FIRST, LAST),
    (date(2026, 2, 1), date(2026, 7, 31)),
    (date(2026, 3, 1), date(2026, 3, 31)),
    (date(2026, 2, 27), date(2026, 4, 2)),
    (date(2026, 5, 3), date(2026, 6, 2)),
)


def test_every_split_of_every_range_is_that_of_the_tasks(history, alice, team_key):
    bys = [[name] for name in DIMENSIONS] + [list(pair) for pair in combinations(DIMENSIONS, 2)]
    given = (
        {},
        {"member": alice.pk},
        {"key": team_key.pk},
        {"model": CHOSEN[0]},
        {"kind": "image"},
        {"subject": "rex"},
    )
    tasks = [places_of(task) for task in Task.objects.prefetch_related("subjects")]
    for since, until in RANGES:
        for narrowing in given:
            scope = Scope(Days(since, until), **narrowing)
            narrowed = {DIMENSIONS[name]: value for name, value in narrowing.items()}
            sums = charged(tasks, scope.days, [], narrowed).values()
            assert reports.total(scope)["charged"] == sum(sums), scope
            for by in bys:
                if "subject" in narrowing and "subject" in by:
                    continue
                columns = [DIMENSIONS[name] for name in by]
                cells = reports.added(scope, columns, reports.CROSSED)
                found = {place: cell["charged"] for place, cell in cells.items()}
                right = charged(tasks, scope.days, columns, narrowed)
                assert {p: n for p, n in found.items() if n} == right, (scope, by)


def test_months_of_a_chart_add_up_to_the_same(history):
    for since, until in RANGES:
        scope = Scope(Days(since, until))
        amounts = [sums["charged"] for sums in reports.by_month(scope).values()]
        assert sum(amounts) == reports.total(scope)["charged"]


def test_a_long_table_by_day_has_the_latest_days_and_whole_sums(history):
    scope = Scope(Days(FIRST, LAST))
    found = reports.crossed(scope, ["day", "member"])
    assert found.left_out == scope.days.number - reports.MOST_DAYS
    assert min(day for day, _ in found.cells) > FIRST + timedelta(days=found.left_out - 1)
    assert sum(found.whole.values()) == reports.total(scope)["charged"]


def test_rebuilding_gives_every_table_the_same(submitted, end, alice, bob):
    """What was added line by line, and what is made of the tasks."""
    rex = [SubjectInput("rex", "Rex", "", [])]
    end(submitted(), "completed", cost=Decimal("0.05"))
    named = submitted(model=CHOSEN[1], subjects=rex, owner=bob, params={"prompt": "@rex runs"})
    end(named, "failed", cost=Decimal("0.4"))
    submitted()
    before = kept()
    assert all(before)
    (day,) = rebuild.all_days()
    assert rebuild.differences(day) == []
    rebuild.rebuild(day)
    assert kept() == before
    for table in TABLES:
        table.objects.update(charged=7)
        assert rebuild.differences(day), table
        rebuild.rebuild(day)
        assert rebuild.differences(day) == []
    MonthlyUsage.objects.all().delete()
    rebuild.begin()
    assert kept() == before


def kept():
    return [
        sorted(map(str, table.objects.values_list("day", "key_label", "kind", *table.SUMS, "most")))
        for table in TABLES
    ]


@pytest.mark.parametrize(
    ("since", "until", "whole"),
    [
        ("2026-01-01", "2026-01-31", ("2026-01-01", "2026-01-31")),
        ("2026-01-02", "2026-02-28", ("2026-02-01", "2026-02-28")),
        ("2026-01-02", "2026-02-27", None),
        ("2026-01-01", "2026-01-30", None),
        ("2025-12-31", "2027-01-01", ("2026-01-01", "2026-12-31")),
        ("2026-01-05", "2026-01-06", None),
    ],
)
def test_whole_months(since, until, whole):
    found = whole_months(Days(date.fromisoformat(since), date.fromisoformat(until)))
    assert (found and (f"{found.since}", f"{found.until}")) == whole


LISTS = ("", "charged", "completed", "failed", "lost", "canceled", "wasted", "open", "running")


@pytest.mark.parametrize("dense", [0, listed.DENSE])
def test_every_list_goes_on_to_its_end(history, alice, team_key, monkeypatch, dense):
    """Page by page as by one query of all tasks, whether days are read as a whole or not."""
    monkeypatch.setattr(listed, "DENSE", dense)
    for given in ({}, {"member": alice.pk}, {"key": team_key.pk}, {"subject": "rex"}):
        scope = Scope(Days(date(2026, 2, 10), LAST), **given)
        for only in LISTS:
            right = scope.tasks().filter(listed.narrowed(only)).order_by("-created_at", "-id")
            found, before = [], None
            while page := listed.newest(scope, only, 3, before):
                found += page
                before = page[-1].created_at, page[-1].pk
            assert [task.pk for task in found] == [task.pk for task in right], (given, only)


def costs(tasks):
    return [float(task.charge) for task in tasks]


@pytest.mark.parametrize("rows", [40, 5, 0])
def test_the_dearest_are_those_of_the_tasks(history, alice, bob, team_key, monkeypatch, rows):
    """Also after some were settled for less or for more than their rows say."""
    monkeypatch.setattr(dearest, "ROWS", rows)
    scopes = [
        Scope(Days(since, until), **given)
        for since, until in RANGES
        for given in (
            {},
            {"member": bob.pk},
            {"model": CHOSEN[0]},
            {"kind": "video"},
            {"key": team_key.pk},
            {"subject": "rex"},
        )
    ]

    def compare():
        for scope in scopes:
            charged = [task for task in scope.tasks() if task.charge]
            right = sorted(costs(charged), reverse=True)[:5]
            assert costs(dearest.dearest(scope, 5)) == right, scope

    compare()
    # Only this model is known to take subjects when a task of it is settled.
    ended = Task.objects.exclude(finished_at=None).filter(Q(model=CHOSEN[1]) | Q(subjects=None))
    for number, task in enumerate(ended.order_by("created_at")[:20]):
        settling.settle(task, alice, Decimal(number) / 10, "Told so.")
    compare()
    for task in dearest.dearest(scopes[0], 6):
        settling.settle(task, alice, Decimal("0.01"), "Less.")
    compare()
    assert rebuild.differences(FIRST + timedelta(days=30)) == []


def test_the_dearest_of_a_year_ask_few_questions(history, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        assert len(dearest.dearest(Scope(Days(FIRST, LAST)), 5)) == 5


def test_a_list_asks_few_questions(history, django_assert_max_num_queries):
    """However many days and members it is spread over."""
    with django_assert_max_num_queries(5):
        assert len(listed.newest(Scope(Days(FIRST, LAST)), "completed", 100)) > 3
