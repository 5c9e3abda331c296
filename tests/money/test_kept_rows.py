"""Triggers keep the kept seconds of the roll-up in step with the marks, whoever writes them and how."""

import random
from datetime import UTC, datetime
from importlib import import_module
from threading import Barrier, Thread
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Q, Sum

from generation.gallery.downloads import note
from generation.gallery.remarks import like
from generation.gallery.reviewing import review
from generation.lifecycle import trash
from generation.management.commands import doctor
from generation.models import (
    Collection,
    DailyTotal,
    DailyUsage,
    Download,
    Favourite,
    KeptResult,
    MonthlySubjectUsage,
    MonthlyUsage,
    Output,
    Review,
    SubjectUsage,
    Task,
    TaskSubject,
    TeamZone,
    kept_triggers,
)
from generation.models.kept import is_kept
from generation.money import rebuild
from generation.money.days import day_of
from tests.factories import make_output, make_task

TABLES = (DailyTotal, DailyUsage, MonthlyUsage, SubjectUsage, MonthlySubjectUsage)
REFERENCE = "viduq2_pro_fast_reference2video"


@pytest.fixture
def films(alice, bob, team_key):
    """Twelve of two days and two months, with and without subjects; one still runs."""
    chance, found = random.Random(3), []
    for number in range(12):
        task = make_task(
            (alice, bob)[number % 2],
            "processing" if number == 11 else "completed",
            model=REFERENCE if number % 3 else "viduq2_turbo_img2video",
            key=team_key if number % 4 else None,
            created_at=datetime(2026, 10 + number % 2, 30, 12, tzinfo=UTC),
            finished_at=None if number == 11 else datetime(2026, 11, 30, 13, tzinfo=UTC),
        )
        make_output(task)
        Output.objects.filter(task=task).update(duration=chance.choice([5.0, 8.0417, 3.0005]))
        for position, handle in enumerate(["rex", "ida"][: number % 3]):
            TaskSubject.objects.create(task=task, handle=handle, position=position)
        found.append(task)
    rebuild.rebuild(*days())
    return found


def days():
    """Those of the tasks, as the team counts."""
    return sorted({day_of(at) for at in Task.objects.values_list("created_at", flat=True)})


def dated(tasks):
    return {task.pk: task.created_at for task in tasks}


def told(table=DailyUsage):
    return table.objects.aggregate(all=Sum("kept"))["all"] or 0


def rows():
    return [
        sorted(map(str, table.objects.filter(kept__gt=0).values_list("day", "key", "kept")))
        for table in TABLES
    ]


def check():
    """That all five tables say what the plain question says."""
    assert [line for day in days() for line in rebuild.differences(day)] == []
    done = [task for task in Task.objects.filter(state="completed") if is_kept(task)]
    lengths = [sum(task.outputs.values_list("duration", flat=True)) for task in done]
    assert told() == sum(int(seconds * 1000 + 0.5) for seconds in lengths)
    assert told(DailyTotal) == told(MonthlyUsage) == told()
    assert told(SubjectUsage) == told(MonthlySubjectUsage)


def test_random_marks_of_several_members(films, alice, bob, admin):
    chance, people = random.Random(8), (alice, bob, admin)
    shelves = [Collection.objects.create(owner=one, title="Best") for one in people]
    most = 0
    for step in range(120):
        task, who, shelf = chance.choice(films), chance.choice(people), chance.choice(shelves)
        match chance.randrange(9):
            case 0 | 1:
                like(task, who, chance.random() < 0.5)
            case 2:
                review(task, who, chance.choice(["approved", "rejected", "needs-work", ""]))
            case 3:
                shelf.items.get_or_create(task=task, defaults={"position": step})
            case 4:
                shelf.items.filter(task=task).delete()
            case 5:
                many = [Favourite(member=who, task=one, made_at=one.created_at) for one in films]
                Favourite.objects.bulk_create(many[::3], ignore_conflicts=True)
            case 6:
                Favourite.objects.filter(Q(member=who) | Q(task=task)).delete()
            case 7 if step % 4 == 0:
                note(dated(films[step % 3 : step % 7]), who)
            case 8 if step % 4 == 0:
                Download.objects.all().delete()
        if step % 6 == 0:
            check()
            most = max(most, told())
    assert most > 20_000
    before = rows()
    KeptResult.objects.all().delete()
    assert told() == 0
    rebuild.rebuild(*days())
    assert rows() == before


def test_every_end_of_a_mark_is_followed(films, alice, bob):
    task = films[0]
    shelf = Collection.objects.create(owner=bob, title="Best")
    shelf.items.create(task=task, position=1)
    Collection.objects.create(owner=alice, title="More").items.create(task=task, position=1)
    like(task, bob, True)
    check()
    assert told() > 0
    Collection.objects.all().delete()
    Review.objects.create(task=task, verdict="rejected", made_at=task.created_at)
    like(task, bob, False)
    assert told() == 0
    Review.objects.update(verdict="approved")
    check()
    assert told() > 0
    Review.objects.update(verdict="needs-work")
    assert told() == 0
    check()


def test_a_mark_of_before_its_end_counts_from_the_end_on(films, alice):
    running = films[-1]
    like(running, alice, True)
    assert told() == 0
    Task.objects.filter(pk=running.pk).update(state="completed", finished_at=running.created_at)
    rebuild.rebuild(*days())
    KeptResult.objects.get(pk=running.pk)
    Task.objects.filter(pk=running.pk).update(state="processing")
    KeptResult.objects.all().delete()
    Task.objects.filter(pk=running.pk).update(state="completed")
    check()
    assert told() > 0


def test_the_trash_changes_nothing(films, alice):
    task = films[0]
    like(task, alice, True)
    before = rows()
    assert before[0]
    trash.move([task.pk])
    check()
    trash.restore_one(task.pk)
    trash.move([task.pk])
    trash.purge(task.pk)
    check()
    assert rows() == before


def test_what_is_rolled_back_is_not_counted(films, alice):
    with transaction.atomic():
        like(films[0], alice, True)
        assert told() > 0
        transaction.set_rollback(True)
    assert told() == 0


def test_what_differs_is_said_and_mended(films, alice, settings):
    like(films[0], alice, True)
    for table in TABLES[:4]:
        table.objects.update(kept=7)
        assert any("kept is 7" in one for day in days() for one in rebuild.differences(day)), table
        rebuild.rebuild(*days())
        check()
    KeptResult.objects.update(milliseconds=7)
    (said,) = [one for day in days() for one in rebuild.differences(day)]
    assert f"task {films[0].pk}: kept with 7 ms" in said
    rebuild.rebuild(*days())
    check()
    TeamZone.objects.update(name="Asia/Tokyo")
    assert any("Asia/Tokyo" in said for good, said in doctor.usage(everything=False) if not good)
    rebuild.rebuild()
    assert TeamZone.objects.get().name == settings.TEAM_TIME_ZONE


def test_days_are_those_of_the_team(films, alice, settings):
    settings.TEAM_TIME_ZONE = "Pacific/Auckland"
    rebuild.rebuild(*days())
    like(films[0], alice, True)
    assert str(KeptResult.objects.get().day) == "2026-10-31"
    check()


def test_missing_triggers_are_said_and_come_back_with_migrate(films, alice):
    assert kept_triggers.trouble() == ""
    kept_triggers.take_down()
    like(films[0], alice, True)
    assert told() == 0
    found = [said for good, said in doctor.usage(everything=True) if not good]
    assert "manage.py migrate" in found[0]
    assert any("not kept, not kept with" in said for said in found)
    kept_triggers.put_up()
    kept_triggers.put_up()
    assert kept_triggers.trouble() == ""
    rebuild.rebuild(*days())
    like(films[2], alice, True)
    check()


def test_the_migration_fills_what_is_there(films, alice, bob):
    like(films[0], alice, True)
    like(films[-1], alice, True)
    review(films[1], bob, "approved")
    review(films[4], bob, "rejected")
    note(dated(films[1:3]), None)
    Collection.objects.create(owner=bob, title="Best").items.create(task=films[5], position=1)
    before = rows()
    assert told() > 0
    kept_triggers.take_down()
    KeptResult.objects.all().delete()
    TeamZone.objects.all().delete()
    for table in TABLES:
        table.objects.update(kept=0)
    filling = import_module("generation.migrations.0060_fill_kept_seconds")
    filling.fill(apps, SimpleNamespace(connection=connection))
    kept_triggers.put_up()
    check()
    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_two_members_at_once_count_once(films, alice, bob):
    """Also when one of them unmarks while the other marks."""
    call_command("migrate", verbosity=0)
    rebuild.rebuild(*days())

    def work(who, wanted, start):
        try:
            start.wait(10)
            for task in films if who == alice else reversed(films):
                like(task, who, wanted)
        finally:
            connection.close()

    for wishes in ((True, True), (False, True), (True, False), (False, False)):
        start = Barrier(2)
        pair = zip((alice, bob), wishes, strict=True)
        threads = [Thread(target=work, args=(who, wanted, start)) for who, wanted in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        check()
    assert told() == 0
