"""Tiles are drawn once, and yet show what is so now, to each what is theirs."""

import re
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from generation.gallery.reviewing import review
from generation.models import Favourite, Task, tasks_for_cards
from generation.presenters import drawings
from generation.presenters.drawings import drawing
from generation.templatetags import tiles
from generation.views.cards import card
from tests.factories import make_output, make_task
from tests.forms.helpers import images_of


@pytest.fixture
def task(alice):
    (image,) = images_of(alice, 1)
    made = make_task(alice, image=image, finished_at=timezone.now(), sent_at=timezone.now())
    make_output(made)
    return made


def tile_of(client, task):
    """What the gallery shows of it, without what is another one each time; "" when it does not."""
    found = re.search(
        rf'<article id="task-{task.pk}".*?</article>', client.get("/tasks/").content.decode(), re.S
    )
    return without_tokens(found[0] if found else "")


def without_tokens(drawn):
    return re.sub(r'(name="(csrfmiddlewaretoken|submission)" value=)"[^"]*"', r"\1", drawn)


def of_task(**values):
    return lambda task: Task.objects.filter(pk=task.pk).update(**values)


def of_output(**values):
    return lambda task: task.outputs.update(**values)


def of_owner(**values):
    return lambda task: type(task.owner).objects.filter(pk=task.owner_id).update(**values)


CHANGES = {
    "renamed": (of_owner(username="aline"), "aline"),
    "a picture of the owner": (of_owner(picture="people/x-0123456789abcdef.webp"), 'class="face"'),
    "a price": (of_task(cost=Decimal("1.25")), "$1.25"),
    "settled": (of_task(settled=Decimal("3.75")), "$3.75"),
    "failed": (of_task(state="failed", reason="generation"), 'data-state="failed"'),
    "files of it are gone": (of_output(state="purged"), 'data-kind="'),
    "longer": (of_output(duration=71.0), "1:11"),
    "more pictures": (of_output(poster_small="a.webp", width=1920, height=1080), "srcset"),
    "another shape": (of_output(width=90, height=160), "r-56"),
    "approved": (lambda task: review(task, task.owner, "approved"), 'title="Approved"'),
    "running": (of_task(state="processing", finished_at=None), "<progress"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_the_next_page_shows_a_change(client_for, bob, task, name):
    change, sign = CHANGES[name]
    client = client_for(bob)
    before = tile_of(client, task)
    assert before
    assert tile_of(client, task) == before
    change(task)
    after = tile_of(client, task)
    assert after
    assert (sign in before) != (sign in after)


def test_hearts_are_ones_own(client_for, alice, bob, task):
    Favourite.objects.create(member=bob, task=task, made_at=task.created_at)
    for _ in range(2):
        assert 'aria-pressed="true"' in tile_of(client_for(bob), task)
        assert 'aria-pressed="false"' in tile_of(client_for(alice), task)
    Favourite.objects.all().delete()
    assert 'aria-pressed="false"' in tile_of(client_for(bob), task)


def test_who_may_not_see_it_gets_no_drawing_of_it(client_for, alice, bob, task):
    mine, theirs = client_for(alice), client_for(bob)
    assert tile_of(mine, task)
    assert tile_of(theirs, task)
    of_task(visibility="private")(task)
    assert "· private" in tile_of(mine, task)
    assert tile_of(theirs, task) == ""
    of_task(visibility="team", trashed_at=timezone.now())(task)
    assert tile_of(mine, task) == tile_of(theirs, task) == ""
    of_task(trashed_at=None)(task)
    assert tile_of(theirs, task)


def test_each_is_offered_what_they_may_do(client_for, alice, bob, task):
    cost = f"task-{task.pk}-vary"
    for _ in range(2):
        assert cost in tile_of(client_for(alice), task)
        assert cost not in tile_of(client_for(bob), task)
    bob.is_staff = True
    bob.save()
    tile = tile_of(client_for(bob), task)
    assert cost in tile
    assert "data-mine" not in tile


def test_days_are_those_of_ones_own_zone(client_for, bob, task):
    of_task(created_at=timezone.now().replace(hour=23))(task)
    east, utc = client_for(bob), client_for(bob)
    east.cookies["tz"] = "Asia/Tokyo"
    days = [re.search(r'data-day="([^"]+)', tile_of(one, task))[1] for one in (east, utc, east)]
    assert days[0] == days[2] != days[1]


def test_tokens_are_those_of_the_page(alice, task):
    other = make_task(alice)
    make_output(other)
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    pages = [client.get("/tasks/").content.decode() for _ in range(2)]
    tokens = [re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', page) for page in pages]
    submissions = [re.findall(r'name="submission" value="([^"]*)"', page) for page in pages]
    assert all(len(set(found)) == 1 and len(found[0]) == 64 for found in tokens)
    assert len({*submissions[0], *submissions[1]}) == 4
    assert not any(mark in page for page in pages for mark in (tiles.CSRF, tiles.SUBMISSION))
    vary = {"csrfmiddlewaretoken": tokens[1][0], "submission": submissions[1][0]}
    assert client.post(f"/tasks/{task.pk}/vary/", vary).status_code == 302


class Only:
    """Has these attributes, and must not be asked for others."""

    def __init__(self, thing, *names):
        self._known = {name: getattr(thing, name) for name in names}

    def __getattr__(self, name):
        return self._known[name]


def shown_by(task, user):
    return card(Task.objects.for_cards().get(pk=task.pk), user)


@pytest.mark.parametrize("state", [s for s in Task.State if s not in Task.RUNNING])
def test_a_tile_asks_of_people_what_it_is_known_by(task, bob, state, time_machine):
    reason = {"failed": "refused", "uncertain": "no-answer"}.get(state, "")
    of_task(state=state, reason=reason, error_code="1", error_message="No.")(task)
    if state != "completed":
        of_output(state="lost")(task)
    shown = shown_by(task, bob)
    owner = Only(shown.task.owner, "username", "picture", "picture_url", "public_id", "pk")
    shown.user = Only(bob, "pk", "is_staff")
    shown.task._state.fields_cache["owner"] = owner
    context = SimpleNamespace(get=lambda name, default=None: default)
    first = without_tokens(tiles.tile(context, shown))
    # Neither do the words of a tile that does not run depend on the time.
    time_machine.move_to(timezone.now() + timedelta(days=400))
    assert without_tokens(tiles.tile(context, shown_by(task, bob))) == first


def kept_card(task, user):
    (found,), _ = tasks_for_cards([task.pk], user)
    return card(found, user)


def test_what_changes_by_itself_is_drawn_each_time(alice):
    for state in Task.RUNNING:
        shown = kept_card(make_task(alice, state), alice)
        assert drawing(shown, "", lambda: "then") == "then"
        assert drawing(shown, "", lambda: "now") == "now"


def test_a_drawing_is_made_once_for_each_look_and_only_some_are_kept(task, alice, bob):
    mine, theirs = kept_card(task, alice), kept_card(task, bob)
    assert mine.task is theirs.task
    assert drawing(mine, "", lambda: "mine") == "mine"
    assert drawing(theirs, "", lambda: "theirs") == "theirs"
    assert drawing(kept_card(task, alice), "", lambda: "again") == "mine"
    for number in range(3 * drawings.MOST_LOOKS):
        drawing(mine, number, lambda: "x")
        assert len(mine.task.drawings) <= drawings.MOST_LOOKS
    assert drawing(shown_by(task, alice), "", lambda: "not kept") == "not kept"
