"""What is in collections has the figures of its tasks, whoever moves money, marks or puts it there."""

import math
import random
import time
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from threading import Event, Thread
from types import SimpleNamespace

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from generation.gallery import collecting
from generation.gallery.remarks import like
from generation.lifecycle import settling, trash
from generation.management.commands import doctor
from generation.models import (
    NO_KEY,
    Collection,
    CollectionItem,
    EventKind,
    Output,
    Task,
    TaskSubject,
    kept_triggers,
    next_revision,
)
from generation.models.kept import is_kept
from generation.money import collected, ledger, rebuild
from generation.money.days import Days, day_of
from generation.money.reports import MOST_DAYS, Scope
from tests.factories import make_output, make_task

FIGURES = ("day", "user_id", "key", "model", "charged", "held", "kept")
ENDED = ("completed", "failed", "canceled", "lost")


def plain(task):
    """From the lines and the files of the task alone."""
    sums = dict.fromkeys(("charged", "reserved", "released"), Decimal(0))
    for line in task.ledger.exclude(kind="estimate"):
        sums[line.kind] += line.amount
    seconds = sum(one or 0 for one in task.outputs.values_list("duration", flat=True))
    kept = math.floor(seconds * 1000 + 0.5) if task.state == "completed" and is_kept(task) else 0
    charged, held = sums["charged"], sums["reserved"] - sums["released"]
    key = task.ledger.filter(kind="estimate").values_list("key", flat=True).get()
    place = day_of(task.created_at), task.owner_id, key, task.model
    return (*place, int(charged * 10**6), int(held * 10**6), kept)


def figures():
    return list(CollectionItem.objects.order_by("pk").values_list(*FIGURES))


def days():
    return sorted({day_of(at) for at in Task.objects.values_list("created_at", flat=True)})


def check():
    for item in CollectionItem.objects.select_related("task"):
        assert tuple(getattr(item, name) for name in FIGURES) == plain(item.task)
    assert [line for day in days() for line in rebuild.differences(day)] == []


def finish(chance, end, task):
    if task.state in ENDED:
        return
    if chance.random() < 0.7:
        make_output(task)
        Output.objects.filter(task=task).update(duration=chance.choice([5.0, 8.0417, 3.0005]))
        cost = Decimal(chance.choice(["0.05", "0.333333", "0"]))
        end(task, "completed", EventKind.COMPLETED, cost=cost)
    elif chance.random() < 0.5:
        end(task)
    else:
        end(task, "canceled", EventKind.CANCELED, sent_at=None)


def test_a_random_walk(submitted, end, alice, bob, admin, team_key):
    chance, tasks, people = random.Random(4), [], (alice, bob)
    seen = set()
    for step in range(140):
        match chance.randrange(12) if tasks else 0:
            case 0 | 1:
                at = f"2026-11-{chance.choice([3, 9, 29]):02}T12:00:00+00:00"
                with time_machine.travel(at):
                    tasks.append(submitted(owner=chance.choice(people)))
            case 2 | 3:
                finish(chance, end, chance.choice(tasks))
            case 4:
                task = chance.choice(tasks)
                if task.state in ENDED:
                    settling.settle(task, admin, Decimal(chance.randrange(9)) / 8, "The bill.")
                    task.refresh_from_db()
                elif chance.random() < 0.3:
                    with transaction.atomic():
                        next_revision()
                        ledger.hold([task], ledger.Because("released"))
            case 5 | 6 | 7:
                shelf = collecting.called(chance.choice(people), chance.choice("AB"))
                CollectionItem.objects.bulk_create(
                    [
                        CollectionItem(collection=shelf, task=task, position=step)
                        for task in chance.sample(tasks, min(len(tasks), 3))
                    ],
                    ignore_conflicts=True,
                )
            case 8:
                like(chance.choice(tasks), chance.choice(people), chance.random() < 0.5)
            case 9 if item := CollectionItem.objects.order_by("?").first():
                collecting.remove(item.collection, item.task_id)
            case 10 if shelf := Collection.objects.order_by("?").first():
                if step % 5 == 0:
                    shelf.delete()
                else:
                    collecting.put_before(shelf, chance.choice(tasks).pk, None)
            case 11 if step % 3 == 0:
                trash.move([task.pk for task in tasks if task.state in ENDED][::5])
        seen |= {figure > 0 for *_, figure in figures()}
        if step % 7 == 0:
            check()
    check()
    assert CollectionItem.objects.count() > 5
    assert seen == {False, True}
    before = figures()
    CollectionItem.objects.update(day=None, user=None, key=NO_KEY, charged=7, held=7, kept=7)
    rebuild.rebuild(*days())
    assert figures() == before


@pytest.fixture
def shelf(submitted, end, alice):
    """Two films and one that is still in line."""
    shelf = Collection.objects.create(owner=alice, title="Best")
    for position, cost in enumerate((Decimal("0.25"), Decimal("0.1"), None), 1):
        task = submitted()
        if cost:
            make_output(task)
            end(task, "completed", EventKind.COMPLETED, cost=cost)
        shelf.items.create(task=task, position=position)
    return shelf


def test_what_differs_is_said_and_mended(shelf):
    before = figures()
    for name in FIGURES[4:]:
        CollectionItem.objects.update(**{name: 7})
        found = [said for good, said in doctor.usage(everything=False) if not good]
        assert len(found) == 3
        assert f"{name} is 7, not " in found[0]
        assert f"in collection {shelf.pk}" in found[0]
        rebuild.rebuild(*days())
        assert figures() == before
    kept_triggers.take_down()
    CollectionItem.objects.create(collection=shelf, task=make_task(shelf.owner), position=4)
    found = [said for good, said in doctor.usage(everything=False) if not good]
    assert any("day is None, not " in said for said in found)
    assert collected.crossed(whole(), ["collection"], Collection.objects.all()).cells
    kept_triggers.put_up()
    rebuild.rebuild(*days())
    check()


def whole():
    return Scope(Days(days()[0] - timedelta(days=80), days()[-1]))


def test_the_migration_fills_what_is_there(shelf):
    before = figures()
    kept_triggers.take_down()
    CollectionItem.objects.update(day=None, user=None, key=NO_KEY, model="", charged=0, kept=0)
    filling = import_module("generation.migrations.0064_fill_figures_of_collections")
    filling.fill(apps, SimpleNamespace(connection=connection))
    kept_triggers.put_up()
    assert figures() == before
    check()


def test_of_many_days_the_latest_have_cells_and_all_are_in_the_sums(alice):
    shelf = Collection.objects.create(owner=alice, title="Best")
    for number, month in enumerate((9, 9, 11), 1):
        at = f"2026-{month:02}-{number:02}T12:00:00+00:00"
        with time_machine.travel(at):
            cost = Decimal(number) / 10
            shelf.items.create(task=make_task(alice, cost=cost), position=number)
    scope = Scope(Days(date(2026, 9, 1), date(2026, 11, 30)))
    visible = Collection.objects.visible_to(alice)
    for by in (["day", "collection"], ["collection", "day"]):
        found = collected.crossed(scope, by, visible)
        (cell,) = found.cells.values()
        assert (cell["charged"], cell["tasks"]) == (300_000, 1)
        assert found.whole == {shelf.pk: 600_000}
        assert found.left_out == 91 - MOST_DAYS
    (cell,) = collected.crossed(scope, ["collection"], visible).cells.values()
    assert (cell["charged"], cell["tasks"]) == (600_000, 3)


def test_a_subject_of_a_task_counts_for_it(alice):
    shelf = Collection.objects.create(owner=alice, title="Best")
    task = make_task(alice, cost=Decimal("0.5"))
    for position, handle in enumerate(("ida", "rex")):
        TaskSubject.objects.create(task=task, handle=handle, position=position)
    shelf.items.create(task=task, position=1)
    scope, visible = Scope(Days(*[day_of(task.created_at)] * 2)), Collection.objects.all()
    cells = collected.crossed(scope, ["collection", "subject"], visible).cells
    assert {(place[1], cell["charged"]) for place, cell in cells.items()} == {
        ("ida", 500_000),
        ("rex", 500_000),
    }


@pytest.mark.django_db(transaction=True)
def test_who_books_and_who_removes_do_not_wait_for_each_other_crosswise(alice, admin):
    call_command("migrate", verbosity=0)
    shelf = Collection.objects.create(owner=alice, title="Best")
    task = make_task(alice, cost=Decimal("0.5"))
    shelf.items.create(task=task, position=1)
    holds, failed = Event(), []

    def remove():
        try:
            holds.wait(10)
            collecting.remove(shelf, task.pk)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    thread = Thread(target=remove)
    thread.start()
    with transaction.atomic():
        next_revision()
        holds.set()
        # Until the other one waits too.
        time.sleep(0.5)
        settling.settle(task, admin, Decimal("0.1"), "The bill.")
    thread.join(30)
    assert failed == []
    assert not shelf.items.exists()
