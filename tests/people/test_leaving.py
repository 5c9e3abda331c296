"""Who leaves: what waits and lies about goes to a colleague, and nothing is made behind it."""

import threading
import time

import pytest
from django.db import connection

from generation.catalog import MODELS
from generation.library import drafts, leaving, subjects
from generation.lifecycle.enqueue import KeyNotForOwner, SubjectInput, Submission, enqueue
from generation.models import (
    Draft,
    LedgerEntry,
    Preset,
    SavedSearch,
    Snippet,
    Subject,
    Task,
    TaskEvent,
    User,
)
from generation.monitoring.invariants import broken
from generation.people import members
from tests.factories import make_key, make_subject, make_task
from tests.forms.helpers import images_of


def submission(owner, key, **more):
    spec = MODELS["viduq2_reference2image"]
    return Submission(owner, spec, {"prompt": "Sea"}, key, "private", **more)


def side_by_side(*works):
    """Runs them at once, and gives what each returned or raised."""
    start, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place, work):
        try:
            start.wait(10)
            found[place] = work()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_waiting_tasks_of_an_own_key_are_made_on_the_colleagues(
    client_for, admin, alice, bob, team_key
):
    mine = make_key(alice)
    (waiting,) = enqueue(submission(alice, mine))
    (of_team,) = enqueue(submission(alice, team_key))
    (asks,) = enqueue(submission(alice, mine))
    Task.objects.filter(pk=asks.pk).update(next_attempt_at="9999-01-01T00:00:00Z")
    sent = make_task(alice, "processing", key=mine)
    url = f"/team/{alice.public_id}/"
    ada = client_for(admin)
    assert "1\n        task in line on a key of alice" in ada.get(url).content.decode()
    answer = ada.post(f"{url}hand-over/", {"to": str(bob.public_id)}, follow=True)
    assert "0 subjects and 1 waiting task are now bob" in answer.content.decode()
    states = dict(Task.objects.values_list("pk", "state"))
    assert states[waiting.pk] == "canceled"
    assert {states[of_team.pk], states[asks.pk], states[sent.pk]} == {"queued", "processing"}
    made = Task.objects.get(owner=bob)
    assert (made.key, made.again_of, made.visibility, made.state) == (
        team_key,
        waiting,
        "private",
        "queued",
    )
    assert made.whole_params() == waiting.whole_params()
    assert TaskEvent.objects.get(task=waiting, kind="canceled").who == admin
    assert LedgerEntry.objects.filter(task=made, user=bob).exists()
    assert not [found for found in broken() if found.task_id in (made.pk, waiting.pk)]


def test_a_colleague_without_means_takes_nothing_over(alice, bob, admin, team_key):
    (waiting,) = enqueue(submission(alice, make_key(alice)))
    members.set_budget(bob, 0)
    handed = leaving.hand_over_all(alice, bob, admin)
    assert (handed.tasks.tasks, handed.tasks.left) == (0, 1)
    team_key.delete()
    assert leaving.hand_over_all(alice, bob, admin).tasks.left == 1
    waiting.refresh_from_db()
    assert waiting.state == "queued"
    assert waiting.events.count() == 1


def test_a_colleague_without_room_takes_the_rest_over(alice, bob, admin, team_key, settings):
    enqueue(submission(alice, make_key(alice)))
    make_subject(alice, "rex")
    settings.STORAGE_MB_PER_MEMBER = 1
    User.objects.filter(pk=bob.pk).update(stored_bytes=2_000_000)
    handed = leaving.hand_over_all(alice, bob, admin)
    assert (handed.subjects, handed.tasks.tasks, handed.tasks.left) == (1, 0, 1)


def test_drafts_go_along_with_their_pictures(alice, bob, admin):
    one, two = images_of(alice, 2)
    fields = {"model": ["viduq2_turbo_img2video"], "image_ids": [str(one.pk)], "prompt": ["Mine"]}
    drafts.save(alice, "img2video", fields, version=None)
    drafts.save(
        alice, "text2video", {"prompt": ["Stays"], "image_ids": [str(two.pk)]}, version=None
    )
    drafts.save(bob, "text2video", {"prompt": ["His"]}, version=None)
    handed = leaving.hand_over_all(alice, bob, admin)
    assert (handed.drafts, handed.drafts_left) == (1, 1)
    moved = drafts.latest(bob, "img2video")
    (image,) = moved.images.all()
    assert (image.owner, image.sha256, image.file.name) == (bob, one.sha256, one.file.name)
    assert moved.fields == fields | {"image_ids": [str(image.pk)]}
    assert drafts.latest(bob, "text2video").fields == {"prompt": ["His"]}
    assert drafts.latest(alice).fields["prompt"] == ["Stays"]
    assert Draft.objects.count() == 3


def test_presets_and_snippets_of_the_team_go_along(client_for, alice, bob, admin):
    for owner, name, scope in (
        (alice, "Social", "team"),
        (alice, "Social 2", "private"),
        (bob, "Social", "private"),
    ):
        Preset.objects.create(owner=owner, name=name, visibility=scope)
    for scope in ("team", "private"):
        Snippet.objects.create(owner=alice, text=f"for {scope}", visibility=scope)
        SavedSearch.objects.create(owner=alice, name=scope, query="q=sea", visibility=scope)
    SavedSearch.objects.create(owner=bob, name="team", query="q=sea", visibility="private")
    url = f"/team/{alice.public_id}/"
    ada = client_for(admin)
    page = " ".join(ada.get(url).content.decode().split())
    assert (
        "0 subjects, 1 preset of the team, 1 snippet of the team, 1 saved search of the team."
        in page
    )
    answer = ada.post(f"{url}hand-over/", {"to": str(bob.public_id)}, follow=True)
    assert (
        "0 subjects, 1 preset, 1 snippet and 1 saved search are now bob" in answer.content.decode()
    )
    assert set(Preset.objects.values_list("owner__username", "name", "visibility")) == {
        ("alice", "Social 2", "private"),
        ("bob", "Social", "private"),
        ("bob", "Social 2", "team"),
    }
    assert dict(Snippet.objects.values_list("visibility", "owner__username")) == {
        "team": "bob",
        "private": "alice",
    }
    assert set(SavedSearch.objects.values_list("owner__username", "name")) == {
        ("alice", "private"),
        ("bob", "team"),
        ("bob", "team 2"),
    }
    # Of long names the end gives way.
    Preset.objects.create(owner=alice, name="x" * 60, visibility="team")
    Preset.objects.create(owner=bob, name="x" * 60, visibility="team")
    leaving.hand_over_all(alice, bob, admin)
    assert Preset.objects.filter(owner=bob, name="x" * 56 + " 2").exists()


def test_an_heir_who_was_switched_off_gets_nothing(alice, bob, admin):
    make_subject(alice)
    members.disable(bob, admin)
    with pytest.raises(leaving.HeirGone):
        leaving.hand_over_all(alice, bob, admin)
    assert Subject.objects.get().owner == alice


@pytest.mark.django_db(transaction=True)
def test_nothing_is_made_after_a_member_was_disabled(alice, team_key):
    counted, end = {}, time.monotonic() + 20

    def submit():
        made = 0
        try:
            while time.monotonic() < end:
                enqueue(submission(alice, team_key))
                made += 1
                time.sleep(0.005)
        except KeyNotForOwner:
            return made
        return "was never refused"

    def disable():
        while not Task.objects.exists():
            pass
        members.disable(type(alice).objects.get(pk=alice.pk), alice)
        counted["then"] = Task.objects.count()

    first, second, failed = side_by_side(submit, submit, disable)
    assert failed is None
    assert Task.objects.count() == counted["then"] == first + second


@pytest.mark.django_db(transaction=True)
def test_two_hand_overs_and_a_submit_side_by_side(alice, bob, make_user, team_key):
    zoe = make_user("zoe")
    for number in range(4):
        make_subject(alice, f"s{number}")
    taken = make_subject(bob, "s1", visibility="private")
    subject = Subject.objects.get(owner=alice, handle="s2")
    given = SubjectInput("s2", "S2", "", [], subject)

    def submit():
        return [enqueue(submission(alice, team_key, subjects=[given])) for _ in range(4)]

    ones, others, made = side_by_side(
        lambda: leaving.hand_over_all(alice, bob, zoe),
        lambda: leaving.hand_over_all(alice, zoe, bob),
        submit,
    )
    assert sorted([ones.subjects, others.subjects]) == [0, 4]
    assert len(made) == 4
    heir = bob if ones.subjects else zoe
    owners = Subject.objects.exclude(pk=taken.pk).values_list("owner", flat=True)
    assert list(owners) == [heir.pk] * 4
    assert Task.objects.filter(subjects__subject=subject, owner=alice).count() == 4


def test_a_handle_taken_a_moment_ago_is_not_the_end(alice, bob, monkeypatch):
    mine, free = make_subject(alice, "rex"), ["rex", "rex_2"]
    make_subject(bob, "rex", visibility="private")
    monkeypatch.setattr(subjects, "free_handle", lambda *_, **__: free.pop(0))
    assert subjects.hand_over(mine, bob, alice).handle == "rex_2"
    free[:] = ["rex"] * 9
    with pytest.raises(subjects.HandleTaken):
        subjects.hand_over(make_subject(alice, "rex", visibility="private"), bob, alice)
