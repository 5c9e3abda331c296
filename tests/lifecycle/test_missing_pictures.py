"""Results of before get their pictures in all sizes by and by."""

from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from generation.lifecycle import missing_pictures
from generation.models import Counter, Output
from tests.conftest import picture
from tests.factories import make_output, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(alice):
    """Results of three days, as they were before; the middle one's file is gone."""

    def make(days):
        task = make_task(alice, created_at=timezone.now() - timedelta(days=days))
        output = make_output(task, data=picture(1400, 700))
        Output.objects.filter(pk=output.pk).update(kind="image", width=1400, height=700)
        return output

    found = [make(days) for days in (1, 2, 3)]
    found[1].file.storage.delete(found[1].file.name)
    return found


def sides():
    outputs = Output.objects.order_by("-task__created_at")
    return [output.sides for output in outputs]


def test_it_works_once_for_each(old, monkeypatch):
    missing_pictures.make_missing()
    assert sides() == [[320, 640, 1280], [640], [320, 640, 1280]]
    first = Output.objects.get(pk=old[0].pk)
    assert first.poster.read() == b"poster"
    assert first.poster_bytes > first.poster_large.size > first.poster_small.size
    monkeypatch.setattr(missing_pictures, "_make", None)
    missing_pictures.make_missing()
    assert Counter.objects.get(name="renditions").value == 0


def test_it_stops_in_time_and_goes_on_where_it_was(old, monkeypatch):
    monkeypatch.setattr(missing_pictures, "EACH_TIME", 1.5)
    made = []
    for _ in range(4):
        slow = SimpleNamespace(monotonic=count().__next__)
        monkeypatch.setattr(missing_pictures, "time", slow)
        missing_pictures.make_missing()
        made.append([len(found) for found in sides()])
    assert made == [[3, 1, 1], [3, 1, 1], [3, 1, 3], [3, 1, 3]]


def test_results_that_wait_to_be_saved_go_first(old, alice):
    waiting = make_output(make_task(alice, "archiving"), next_attempt_at=timezone.now())
    Output.objects.filter(pk=waiting.pk).update(state="pending")
    missing_pictures.make_missing()
    assert sides()[1:] == [[640]] * 3


def test_what_is_no_picture_at_all_stays_as_it_is(old):
    old[0].file.save(old[0].file.name, ContentFile(b"<html>"), save=False)
    missing_pictures.make_missing()
    assert sides() == [[640], [640], [320, 640, 1280]]
