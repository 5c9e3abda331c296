"""Galleries by one's own stars and by cost: page by page, along an index, whatever is asked for beside."""

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, quote
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import BadRequest
from django.db import connection
from django.utils import timezone

from generation.gallery import places, ranking
from generation.gallery.filters import Filters, Sort
from generation.gallery.listing import PAGE, page
from generation.gallery.sources import feed_sources, rated
from generation.models import Favourite, Rating, words
from generation.models.task_indexes import price_of
from tests.factories import make_output, make_task
from tests.views.test_gallery_pages import plan_of, walk

COSTS = (None, "0.05", "0.2", "0.05", None, "0", "0.051234", "0.2", "3", "0.05")


@pytest.fixture
def made(alice, bob):
    """Of equal costs and stars some in one moment: then the id decides."""
    now, tasks = timezone.now(), []
    for number, cost in enumerate(COSTS):
        at = now - timedelta(hours=number // 3)
        # Their ids begin otherwise each, as places of words are told apart by that.
        pk = UUID(int=uuid4().int >> 8 | (number * 37 % 256) << 120)
        owner = (alice, bob)[number % 2]
        task = make_task(owner, id=pk, created_at=at, params={"prompt": "Sea"})
        task.cost = cost and Decimal(cost)
        task.save(update_fields=["cost"])
        words.write(task, [])
        tasks.append(task)
    tasks[3].settled = Decimal("0.3")  # which counts before the gateway's word
    tasks[3].save(update_fields=["settled"])
    for number, stars in ((0, 3), (2, 5), (3, 5), (7, 1), (9, 3)):
        give(alice, tasks[number], stars)
    give(bob, tasks[5], 5)
    secret = make_task(bob, visibility="private", created_at=now)
    secret.cost = 9
    secret.save(update_fields=["cost"])
    give(alice, secret, 5)  # while the team still saw it
    gone = make_task(alice, trashed_at=now)
    give(alice, gone, 5)
    return tasks


def give(member, task, stars):
    Rating.objects.create(member=member, task=task, stars=stars, made_at=task.created_at)


def by_cost(task):
    task.refresh_from_db()
    figure = task.settled if task.settled is not None else task.cost
    return (-1 if figure is None else figure, task.created_at, task.pk)


def by_stars(user):
    given = dict(Rating.objects.filter(member=user).values_list("task", "stars"))
    return lambda task: (given.get(task.pk, 0), task.created_at, task.pk)


def in_order(tasks, key):
    return [task.pk for task in sorted(tasks, key=key, reverse=True)]


@pytest.mark.parametrize("size", [1, 3, 4])
@pytest.mark.parametrize("sort", [Sort.RATING, Sort.COST])
def test_pages_lead_down_and_up_again(alice, made, sort, size):
    ids = in_order(made, by_cost if sort is Sort.COST else by_stars(alice))
    pages = [ids[at : at + size] for at in range(0, len(ids), size)]
    down, last = walk(alice, Filters(sort=sort), "below", size=size)
    assert down == pages
    up, top = walk(alice, Filters(sort=sort), "above", last, size=size)
    assert [pk for one in reversed(up) for pk in one] == ids
    assert (last.below, top.above) == ("", "")


def test_other_filters_hold_in_every_order(alice, bob, made):
    for task in (made[1], made[2], made[8]):
        Favourite.objects.create(member=alice, task=task, made_at=task.created_at)
    of_bob = [task for task in made if task.owner == bob]
    liked = [made[1], made[2], made[8]]
    asked = (
        (Filters(owner=bob), of_bob),
        (Filters(whose="mine"), [task for task in made if task.owner == alice]),
        (Filters(favourite=True), liked),
        (Filters(favourite=True, owner=bob), [made[1]]),
        (Filters(q="sea"), made),
        (Filters(q="sea", favourite=True), liked),
        (Filters(q="sea", owner=bob), of_bob),
        (Filters(prompt=made[0]), made),
        (Filters(state="completed"), made),
        (Filters(state="failed"), []),
        (Filters(state="running"), []),
        (Filters(until=timezone.localdate() - timedelta(days=2)), []),
        (Filters(since=timezone.localdate() - timedelta(days=2)), made),
    )
    for filters, tasks in asked:
        for sort, key in ((Sort.COST, by_cost), (Sort.RATING, by_stars(alice))):
            down, _ = walk(alice, Filters(**{**kept(filters), "sort": sort}), "below")
            assert [pk for one in down for pk in one] == in_order(tasks, key), (filters, sort)
    best = walk(alice, Filters(rating=3, sort=Sort.RATING), "below")[0]
    assert best == [in_order([made[0], made[9]], by_stars(alice))]


def kept(filters):
    return {name: getattr(filters, name) for name in Filters.__slots__}


def test_each_order_follows_its_index_from_any_place(alice, bob, made):
    edge = (Decimal("0.05"), made[3].created_at, made[3].pk)
    asked = (Filters(), Filters(whose="mine"), Filters(owner=bob, model="viduq1_img2video"))
    for filters in asked:
        for source in feed_sources(alice, filters):
            rows = source.rows.annotate(rank=price_of())
            check(rows, ("rank", "created_at", "id"), edge, ("task_own_cost", "task_team_cost"))
    edge = (3, made[0].created_at, made[0].pk)
    check(rated(alice, Filters()), ("stars", "made_at", "task_id"), edge, ("rating_feed",))
    check(rated(alice, Filters(rating=3)), ("stars", "made_at", "task_id"), edge, ("rating_feed",))


def check(rows, names, edge, indexes):
    for place in (None, edge):
        for down in (True, False):
            parts = ranking._beyond(rows, names, place, down=down)
            for number, part in enumerate(parts):
                plan = plan_of(part)
                # PostgreSQL may take another one for equals: which, its statistics say.
                any_one = ("Index",) if connection.vendor == "postgresql" else indexes
                assert any(index in plan for index in any_one), plan
                assert "TEMP B-TREE" not in plan, plan
                assert "Sort" not in plan, plan
                if len(parts) > 1 and not number:  # of equals none before the place is read
                    seen = re.search(rf"{names[1]}\)? ?[<>]", plan)
                    assert seen, plan


def test_a_page_takes_eight_questions_and_says_no_days(
    client_for, alice, made, django_assert_max_num_queries
):
    for task in made:
        make_output(task)
    client = client_for(alice)
    for sort in ("rating", "cost"):
        with django_assert_max_num_queries(8):
            html = client.get(f"/tasks/?sort={sort}").content.decode()
        assert html.count("<article") == len(made) < PAGE
        assert html.partition('<template id="new-day"')[0].count('<section class="day">') == 1
        assert "day-head" not in html.partition('<template id="new-day"')[0]
        assert "still=1" in re.search(r'hx-get="/tasks/changes/([^"]*)"', html)[1]
        assert b"data-since" not in client.get(f"/tasks/rail/?sort={sort}").content
    assert "Highest cost first" in html


def test_pages_of_the_address_lead_on(client_for, alice, made, monkeypatch):
    first = page(alice, Filters(sort=Sort.COST), size=3)
    cursor = parse_qs(first.below)["before"][0]
    html = client_for(alice).get(f"/tasks/?sort=cost&before={quote(cursor)}").content.decode()
    assert html.count("<article") == len(made) - 3
    assert "Show the page before" in html


@pytest.mark.parametrize("text", ["2026-11-30", "x", "NaN", "-2", "1e99", "Infinity", "0x1", ""])
def test_places_that_no_page_has_named_are_refused(client_for, alice, text):
    at = timezone.now()
    odd = text if "-1" in text else places._packed(f"{text} {at.isoformat()} {alice.public_id}")
    for cursor in (odd, places.cursor_of(at, alice.public_id)):
        with pytest.raises(BadRequest):
            places.ranked_position_of(cursor)
        answer = client_for(alice).get("/tasks/", {"sort": "cost", "before": cursor})
        assert answer.status_code == 400
