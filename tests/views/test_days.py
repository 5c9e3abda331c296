"""Results under their days, with count and spend, in the zone of whoever looks."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from generation.models import Task
from tests.factories import make_task


def made(owner, state="completed", hours_ago=0, **fields):
    task = make_task(owner, state, **fields)
    Task.objects.filter(pk=task.pk).update(created_at=timezone.now() - timedelta(hours=hours_ago))
    return task


def headings(response):
    html = response.content.decode()
    return re.findall(r'-title">([^<]+)</h2>\s*<span[^>]+>([^<]*)</span>', html)


def test_each_day_says_its_results_and_what_they_cost(client_for, alice, bob):
    made(alice, cost=Decimal("0.2"))
    made(bob, cost=Decimal("0.325"))
    made(bob, visibility="private", cost=Decimal("5"))
    made(alice, "failed")
    made(alice, hours_ago=24)
    settled = {"cost": Decimal("0.4"), "settled": Decimal("0.1")}
    made(alice, hours_ago=48, **settled)
    made(alice, hours_ago=72, **settled)
    made(alice, hours_ago=96)
    response = client_for(alice).get("/tasks/")
    found = [words for _, words in headings(response)]
    # Of days between the first and the last the tasks on the page are added up.
    assert found == ["2 results · $0.53", "1 result", *["1 result · $0.10"] * 2, "1 result"]
    # Of the first and the last the database does.
    until = f"{timezone.now() - timedelta(hours=48):%Y-%m-%d}"
    assert headings(client_for(alice).get(f"/tasks/?until={until}"))[0][1] == "1 result · $0.10"
    assert headings(client_for(alice).get("/tasks/?whose=mine"))[0] == ("Today", "1 result · $0.20")


@pytest.mark.parametrize(
    ("zone", "title"), [("Pacific/Auckland", "Today"), ("America/Los_Angeles", "Yesterday")]
)
def test_a_day_is_the_members_own(client_for, alice, zone, title):
    task = made(alice)
    with timezone.override(zone):
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight.astimezone(UTC) + (
        timedelta(minutes=5) if title == "Today" else timedelta(minutes=-5)
    )
    Task.objects.filter(pk=task.pk).update(created_at=at)
    client = client_for(alice)
    client.cookies["tz"] = zone
    assert [day for day, _ in headings(client.get("/tasks/"))] == [title]


@pytest.mark.parametrize("zone", ["", "Nowhere/City", "../../etc/passwd", "x" * 80, "/etc/passwd"])
def test_what_names_no_zone_is_utc(client_for, alice, zone):
    made(alice)
    client = client_for(alice)
    client.cookies["tz"] = zone
    response = client.get("/tasks/")
    assert response.status_code == 200
    assert headings(response)[0][0] == "Today"


def test_a_task_that_ends_brings_its_days_new_sum(client_for, alice):
    client = client_for(alice)
    cursor = client.get("/tasks/changes/")["X-Live-Cursor"]
    made(alice, cost=Decimal("0.2"))
    html = client.get("/tasks/changes/", {"since": cursor}).content.decode()
    assert f'data-sum="day-{datetime.now(UTC):%Y-%m-%d}-sum">1 result · $0.20<' in html
