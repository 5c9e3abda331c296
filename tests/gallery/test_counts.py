"""How often values of filters occur, what days have brought, and the rail of days."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from generation.gallery import counting
from generation.gallery.counting import counts
from generation.gallery.filters import Filters
from generation.models import Favourite, words
from tests.factories import make_task

TURBO, IMAGE = "viduq2_turbo_img2video", "viduq2_reference2image"


@pytest.fixture
def made(alice, bob):
    now = timezone.now()
    tasks = [
        make_task(alice, created_at=now),
        make_task(alice, "failed", created_at=now - timedelta(minutes=1)),
        make_task(alice, model=IMAGE, visibility="private", created_at=now - timedelta(days=40)),
        make_task(bob, "queued", model=IMAGE, created_at=now - timedelta(days=41)),
        make_task(bob, visibility="private"),
    ]
    for task in tasks:
        words.write(task, [])
    Favourite.objects.create(member=alice, task=tasks[0], made_at=tasks[0].created_at)
    return tasks


def test_each_value_is_counted_as_if_its_filter_were_not_set(alice, bob, made, monkeypatch):
    assert counts(alice, Filters()) == {
        "model": {TURBO: "2", IMAGE: "2"},
        "owner": {"alice": "3", "bob": "1"},
        "state": {"completed": "2", "failed": "1", "queued": "1", "running": "1"},
        "key": {"None": "4"},
    }
    of_images = counts(alice, Filters(model=IMAGE, owner=bob))
    assert of_images["model"] == {IMAGE: "1"}
    assert of_images["owner"] == {"alice": "1", "bob": "1"}
    assert of_images["state"] == {"queued": "1", "running": "1"}
    assert counts(alice, Filters(whose="mine", kind="image"))["owner"] == {"alice": "1", "bob": "1"}
    assert counts(alice, Filters(q="sea", state="failed"))["state"]["completed"] == "2"
    assert counts(alice, Filters(q="nothing"))["model"] == {}
    assert counts(alice, Filters(favourite=True))["owner"] == {"alice": "1"}
    assert counts(bob, Filters())["owner"] == {"alice": "2", "bob": "2"}
    monkeypatch.setattr(counting, "MOST", 2)
    assert counts(alice, Filters())["model"] == {TURBO: "2+"}


def test_days_say_what_they_brought_with_the_filters(client_for, alice, made, settings):
    client = client_for(alice)

    def heads(query):
        html = client.get(f"/tasks/?{query}").content.decode()
        return re.findall(r'-sum">(.*?)</span>', html)

    assert heads("") == ["1 result", "1 result", ""]
    assert heads("kind=image") == ["1 result", ""]
    assert heads("state=failed") == [""]
    assert heads("q=sea&sort=oldest") == ["", "1 result", "1 result"]


def test_the_rail_leads_where_something_was_made(
    client_for, alice, bob, made, django_assert_max_num_queries
):
    client = client_for(alice)
    with django_assert_max_num_queries(5):
        html = client.get("/tasks/rail/?kind=image").content.decode()
    stops = re.findall(r'href="\?([^"]+)" data-since="([^"]+)"', html)
    today = timezone.localdate()
    assert stops[0] == (f"kind=image&amp;before={today}", str(today))
    ago = {(today - timedelta(days=days)).replace(day=1) for days in (40, 41)}
    assert {since for _, since in stops[1:]} <= {str(day) for day in ago}
    assert len(stops) > 1
    jump = client.get("/tasks/?" + stops[-1][0].replace("&amp;", "&")).content.decode()
    assert jump.count("<article") in (1, 2)
    assert "Show newer" in jump
    assert "after=" in client.get("/tasks/rail/?sort=oldest").content.decode()
    assert client_for(bob).get("/tasks/rail/?owner=nobody").status_code == 200


def test_the_lists_say_the_counts(client_for, alice, made):
    html = client_for(alice).get("/tasks/facets/").content.decode()
    assert re.search(
        r'model=viduq2_turbo_img2video"><span>[^<]+</span>\s*<span class="num muted">2<', html
    )
    assert "None" not in html
