"""`manage.py fake_history`: as many tasks as asked for, plausible, and honest about what they are."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Sum
from django.test.utils import CaptureQueriesContext

from generation.fake.copies import Copier
from generation.gallery.remarks import like
from generation.lifecycle import task_counts
from generation.management.commands import fake_history
from generation.models import (
    Collection,
    CollectionItem,
    DailyTotal,
    DailyUsage,
    KeptResult,
    MonthlySubjectUsage,
    MonthlyUsage,
    Output,
    Subject,
    SubjectUsage,
    Task,
    TaskEvent,
    TaskImage,
    TaskSubject,
    TaskWords,
    User,
    kept_triggers,
    words,
)
from generation.models.kept import MARKS, is_kept
from generation.money import rebuild
from generation.monitoring.invariants import broken
from tests.factories import make_output, make_task
from tests.support.clips import drawn_once


@pytest.fixture(scope="module", autouse=True)
def _clips_are_drawn_once(tmp_path_factory):
    with drawn_once(tmp_path_factory.mktemp("clips")):
        yield


@pytest.fixture(autouse=True)
def few_patterns(monkeypatch):
    """They are made one by one, which takes its time; copies are made by the database."""
    monkeypatch.setattr(fake_history, "PATTERNS", 40)


def make(tasks, days=30, **options):
    """Of a month: the figures of each day are computed, and a year has twelve times as many."""
    call_command("fake_history", tasks=tasks, users=3, days=days, stdout=StringIO(), **options)


@pytest.mark.parametrize("tasks", [1, 39, 40, 83])
def test_as_many_tasks_as_asked_for(db, tasks):
    make(tasks)
    assert Task.objects.count() == tasks
    assert Task.objects.values("revision").distinct().count() == tasks
    assert Task.objects.exclude(born_revision=F("revision")).count() == 0


def test_they_are_whole_plausible_and_in_every_end_state(db, monkeypatch):
    monkeypatch.setattr(fake_history, "PATTERNS", 400)
    make(2500, days=30)
    assert broken(everything=True) == []
    states = dict(Task.objects.values_list("state").annotate(n=Count("pk")))
    assert set(states) == {"completed", "failed", "canceled", "lost", "uncertain"}
    assert states["uncertain"] == 5
    assert states["completed"] > 2000
    assert Output.objects.filter(state="stored").count() == states["completed"]
    assert Output.objects.filter(state="lost").count() == states["lost"]
    assert Task.objects.filter(state="completed", cost__isnull=True).count() == 0
    assert TaskEvent.objects.filter(kind="queued").count() == 2500
    for task in Task.objects.order_by("created_at")[:50]:
        times = list(task.events.values_list("at", flat=True))
        assert times == sorted(times)
        assert times[0] == task.created_at
    days = {created.date() for created in Task.objects.values_list("created_at", flat=True)}
    assert len(days) >= 30
    assert Task.objects.values("submission").distinct().count() == 2500


def test_copies_belong_together(db):
    """An image of a subject of a copy lies in the same copy."""
    make(1500)
    assert TaskImage.objects.exclude(subject=None).exclude(subject__task=F("task")).count() == 0
    with_subject = Task.objects.filter(subjects__isnull=False)
    assert TaskSubject.objects.count() == with_subject.count() > 100
    assert with_subject.filter(images__subject__isnull=True).count() == 0


def test_some_is_kept_by_every_way_and_counted(db):
    make(300, days=20)
    make(300, days=20)
    for mark, _ in MARKS:
        assert 10 < mark.objects.count() < 300, mark
        assert not mark.objects.exclude(task__state="completed").exists()
    assert set(Collection.objects.values_list("visibility", flat=True)) == {"team", "private"}
    assert kept_triggers.trouble() == ""
    assert [one for day in rebuild.all_days() for one in rebuild.differences(day)] == []
    films = [task for task in Task.objects.filter(outputs__kind="video") if is_kept(task)]
    assert DailyUsage.objects.aggregate(all=Sum("kept"))["all"] > 4900 * len(films) > 0


SHELVED = ("collection", "task", "day", "user", "key", "model", "charged", "held", "kept")


def left():
    """All that is added up, without the numbers of rows."""
    tables = (DailyTotal, DailyUsage, MonthlyUsage, SubjectUsage, MonthlySubjectUsage, KeptResult)
    found = {
        table: sorted(
            str(sorted(row.items())) for row in table.objects.values() if row.pop("id", True)
        )
        for table in tables
    }
    return found | {CollectionItem: sorted(map(str, CollectionItem.objects.values_list(*SHELVED)))}


def test_it_leaves_what_would_have_come_task_by_task_and_mark_by_mark(db, alice, team_key):
    """Beside what was there before."""
    task = make_task(alice, cost=Decimal("0.5"), key=team_key)
    make_output(task)
    like(task, alice, True)
    make(300, days=20)
    make(183, days=20)
    filled = left()
    assert min(map(len, filled.values())) > 5
    marks = [(mark, list(mark.objects.all())) for mark, _ in MARKS]
    for mark, _ in marks:
        mark.objects.all().delete()
    assert not KeptResult.objects.exists()
    for mark, rows in marks:
        for row in rows:
            mark.objects.bulk_create([row])
    assert left() == filled
    for table in filled.keys() - {CollectionItem}:
        table.objects.all().delete()
    rebuild.rebuild(*rebuild.all_days())
    assert left() == filled


def test_statements_can_be_logged(db):
    """As with DEBUG."""
    with CaptureQueriesContext(connection) as asked:
        make(300, days=20)
    assert any("INSERT INTO generation_task " in one["sql"] for one in asked)


def test_every_task_is_found_by_its_words_at_its_place(db):
    make(300, days=20)
    for task in Task.objects.select_related("words").prefetch_related("subjects"):
        right = words.row_of(task, task.subjects.all())
        assert (task.words.place, task.words.text) == (right.place, right.text)


def test_tasks_of_the_same_moment_have_words_too(db, monkeypatch):
    finish = Copier.finish

    def taken(copier):
        finish(copier)
        TaskWords.objects.filter(task__in=Task.objects.all()[50:60]).delete()

    monkeypatch.setattr(Copier, "finish", taken)
    make(300, days=2)
    assert TaskWords.objects.count() == Task.objects.count() == 300


def test_files_are_real_and_few(db, settings):
    make(900)
    assert broken(files=True, everything=True) == []
    assert sum(1 for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()) < 40


def test_everything_says_that_it_is_made_up(db):
    make(900)
    assert set(Task.objects.values_list("key_label", flat=True)) == {"Fake history"}
    assert all(
        prompt.endswith("(fake)")
        for prompt in Task.objects.values_list("params__prompt", flat=True)
    )
    said = set(TaskEvent.objects.filter(kind="queued").values_list("text", flat=True))
    assert ["no gateway has ever seen" in text for text in said] == [True]
    assert not User.objects.exclude(username__startswith="fake-").exists()
    assert not User.objects.filter(is_active=True).exists()
    assert all(subject.title.startswith("Fake") for subject in Subject.objects.all())


def test_real_tasks_stay_as_they_are_and_new_ones_can_be_made(db, alice):
    """Also where numbers are given by a sequence."""
    before = make_task(alice)
    make(900)
    make(900)
    after = make_task(alice)
    TaskSubject.objects.create(task=after, handle="rex", title="Rex", position=0)
    assert Task.objects.count() == 1802
    assert User.objects.count() == 4
    before.refresh_from_db()
    assert before.revision < after.revision
    assert Task.objects.filter(revision__gt=after.revision).count() == 0


def test_production_is_refused_unless_forced(db, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="--force"):
        make(10)
    assert not Task.objects.exists()
    assert not User.objects.exists()
    make(10, force=True)
    assert Task.objects.count() == 10


def test_a_database_that_nothing_has_been_started_on_is_enough(db, settings):
    in_database = {"BACKEND": "generation.cache.JsonDatabaseCache", "LOCATION": "fresh_cache"}
    settings.CACHES = settings.CACHES | {"default": in_database}
    make(10)
    completed = Task.objects.filter(state="completed").count()
    assert cache.get(task_counts.KEPT)["counts"]["completed"] == completed


@pytest.mark.parametrize("count", ["0", "-5", "many", "1.5", "\u0665"])
def test_nonsense_counts_are_refused(db, count):
    with pytest.raises(CommandError):
        call_command("fake_history", "--tasks", count)
