"""A page of the gallery asks as often, and along its index, whatever lies behind it."""

import re
from datetime import timedelta
from math import inf
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.utils import timezone

from generation.gallery import places
from generation.gallery.filters import Filters, Sort
from generation.gallery.listing import PAGE, page
from generation.gallery.reviewing import review
from generation.gallery.sources import sources
from generation.models import Favourite, TaskSubject
from generation.scheduling import durations
from tests.factories import make_output, make_subject, make_task
from tests.forms.helpers import images_of


@pytest.mark.parametrize("tasks", [PAGE + 2, 4 * PAGE])
def test_a_page_takes_eight_questions_with_the_login(
    client_for, alice, bob, tasks, django_assert_max_num_queries, monkeypatch
):
    """With everything that a tile may show: inputs, reviews, hearts, and some that run.

    How long tasks take a process reads once in a while, whatever page comes then.
    """
    monkeypatch.setattr(durations, "KEPT_FOR", inf)
    now, images = timezone.now(), images_of(alice, 3)
    for number in range(tasks):
        owner, at = (alice, bob)[number % 2], now - timedelta(days=number)
        state = {0: "queued", 1: "processing"}.get(number % 20, "completed")
        ended = at if state == "completed" else None
        image = images[number % 3]
        task = make_task(owner, state, image=image, created_at=at, finished_at=ended)
        if ended:
            make_output(task)
        if number == 3:
            review(task, alice, "approved")
            Favourite.objects.create(member=alice, task=task, made_at=at)
    client = client_for(alice)
    page = client.get("/tasks/").content
    assert (page.count(b"<article"), page.count(b"<progress") > 2) == (PAGE, True)
    assert page.count(b'class="verdict') == 1
    older = re.search(r'href="(\?before[^"]+)"', page.decode())[1].replace("&amp;", "&")
    for path in ("", "?whose=mine", "?model=viduq2_turbo_img2video", older):
        with django_assert_max_num_queries(8):
            assert client.get(f"/tasks/{path}").status_code == 200


def walk(user, filters, way, start=None, size=3):
    """All pages in one direction, as lists of ids."""
    shown = start or page(user, filters, size=size)
    pages = [[task.pk for task in shown.tasks]]
    while address := getattr(shown, way):
        given = parse_qs(address)
        asked = {name: given[name][0] for name in ("before", "after") if name in given}
        shown = page(user, filters, size=size, **asked)
        pages.append([task.pk for task in shown.tasks])
    return pages, shown


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST])
def test_pages_lead_down_and_up_again(alice, bob, sort):
    now, made = timezone.now(), []
    for number in range(8):
        # Two each in one moment: then the id decides.
        at = now - timedelta(hours=number // 2)
        made.append(make_task((alice, bob)[number % 2], created_at=at))
    order = sorted(made, key=lambda task: (task.created_at, task.pk), reverse=sort is Sort.NEWEST)
    ids = [task.pk for task in order]
    down, last = walk(alice, Filters(sort=sort), "below")
    assert down == [ids[:3], ids[3:6], ids[6:]]
    up, top = walk(alice, Filters(sort=sort), "above", last)
    assert up == [ids[6:], ids[3:6], ids[:3]]
    assert (last.below, top.above) == ("", "")


def test_a_page_begins_at_the_end_of_a_day(alice):
    now = timezone.now()
    made = [make_task(alice, created_at=now - timedelta(days=days)) for days in range(3)]
    day = (timezone.localtime(now) - timedelta(days=1)).date()
    shown = page(alice, Filters(), before=str(day))
    assert [task.pk for task in shown.tasks] == [task.pk for task in made[1:]]
    assert [task.pk for task in page(alice, Filters(), after=str(day)).tasks] == [
        task.pk for task in made[:2]
    ]


def plan_of(rows):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # So few rows are read at once otherwise.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    return rows[: PAGE + 1].explain()


def test_each_list_follows_its_index_from_any_place(alice, bob):
    subject = make_subject(alice)
    task = make_task(bob, created_at=timezone.now() - timedelta(days=400))
    Favourite.objects.create(member=alice, task=task, made_at=task.created_at)
    TaskSubject.objects.create(
        task=task, subject=subject, handle="rex", position=0, made_at=task.created_at
    )
    own, team = "task_own_list", "task_team_list"
    asked = {
        Filters(): [own, team],
        Filters(whose="mine"): [own],
        Filters(owner=bob): [(own, team)],
        Filters(model="viduq1_img2video"): [own, team],
        Filters(kind="image", since=timezone.localdate()): [own, team],
        Filters(state="failed"): ["task_state"],
        Filters(state="failed", owner=bob): [(own, team, "task_state")],
        Filters(favourite=True): ["favourite_feed"],
        Filters(subject=subject): ["task_subject_list"],
        Filters(rating=4): ["rating_feed"],
        Filters(tag="x"): ["tag_feed"],
    }
    edges = (None, (task.created_at, task.pk), places.before("2026-01-01"))
    for filters, indexes in asked.items():
        for edge in edges:
            for down in (True, False):
                for source, index in zip(sources(alice, filters), indexes, strict=True):
                    plan = plan_of(source.places(edge, down=down))
                    # PostgreSQL takes any index in this order: which one, its statistics say.
                    index = "Index" if connection.vendor == "postgresql" else index
                    assert any(
                        one in plan for one in ([index] if isinstance(index, str) else index)
                    ), (filters, plan)
                    assert "TEMP B-TREE" not in plan, (filters, plan)
                    assert "Sort" not in plan, (filters, plan)


def shown(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return re.findall(r'<article id="task-([0-9a-f-]+)"', answer.content.decode())
