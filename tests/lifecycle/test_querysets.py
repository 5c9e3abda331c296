"""What the lists that decide and count hold, and in which order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.catalog import ImageLimits
from generation.library.uploads import keep_image
from generation.lifecycle import dispatch
from generation.models import ApiKey, Image, Output, Subject, Task, TaskEvent, unused_images
from generation.models.image import LEAST_WEIGHT
from generation.people.access import may_edit
from tests.factories import make_key, make_output, make_subject, make_task
from tests.forms.helpers import images_of

pytestmark = pytest.mark.django_db


def test_admins_should_look_at_what_is_unclear_at_risk_or_held(alice):
    now = timezone.now()
    wanted = [
        make_task(alice, "uncertain"),
        make_task(alice, "archiving", reason="at-risk"),
        make_task(alice, "queued", held_since=now),
    ]
    make_task(alice, "archiving")
    make_task(alice, "completed", reason="at-risk")
    make_task(alice, "queued")
    make_task(alice, "canceled", held_since=now)
    assert set(Task.objects.for_admins()) == set(wanted)


def test_who_was_put_off_is_behind_who_has_waited_longer(submitted):
    first, second = submitted(variations=2)
    now = timezone.now()
    Task.objects.filter(pk=first.pk).update(next_attempt_at=now - timedelta(seconds=1))
    Task.objects.filter(pk=second.pk).update(next_attempt_at=now - timedelta(seconds=9))
    assert list(Task.objects.in_line()) == [second, first]
    assert dispatch._claim() == second


def test_uploads_weigh_their_bytes_and_each_a_least(alice, bob, upload):
    assert Image.objects.weight(alice) == 0
    image = keep_image(upload(), alice, ImageLimits())
    assert Image.objects.weight(alice) == LEAST_WEIGHT
    Image.objects.filter(pk=image.pk).update(bytes=LEAST_WEIGHT + 5)
    assert Image.objects.weight(alice) == LEAST_WEIGHT + 5
    assert Image.objects.weight(bob) == 0


def test_what_is_held_is_not_sent_again_by_itself(alice):
    """Else the workers would never rest while it waits for an admin."""
    now = timezone.now()
    again = make_task(alice, "queued", attempts=1, next_attempt_at=now)
    make_task(alice, "queued", attempts=1, next_attempt_at=now, held_since=now)
    make_task(alice, "queued", attempts=0, next_attempt_at=now)
    make_task(alice, "submitting", attempts=1, next_attempt_at=now)
    make_task(alice, "queued", attempts=1, next_attempt_at=now + timedelta(hours=1))
    assert list(Task.objects.to_retry(now)) == [again]


def test_only_pending_files_that_failed_before_are_tried_again(alice):
    now = timezone.now()
    task = make_task(alice, "archiving")
    due = {"attempts": 1, "next_attempt_at": now}
    again = make_output(task, position=0, **due)
    new = make_output(task, position=1, attempts=0, next_attempt_at=now)
    later = make_output(task, position=2, attempts=1, next_attempt_at=now + timedelta(hours=1))
    make_output(task, position=3, **due)
    Output.objects.filter(pk__in=[again.pk, new.pk, later.pk]).update(state="pending")
    assert list(Output.objects.to_retry(now)) == [again]


def test_the_keys_of_the_team_come_before_older_personal_ones(alice, bob, settings):
    settings.SANDBOX = False
    own, team = make_key(alice), make_key()
    ApiKey.objects.filter(pk=own.pk).update(created_at=timezone.now() - timedelta(days=1))
    make_key(bob)
    trial = make_key()
    ApiKey.objects.filter(pk=trial.pk).update(trial=True)
    assert list(ApiKey.objects.usable_by(alice)) == [team, own]


def test_members_edit_their_own_subjects_and_admins_all(alice, bob, admin):
    own, other = make_subject(alice, "rex"), make_subject(bob, "fox", visibility="team")
    assert [may_edit(alice, subject) for subject in (own, other)] == [True, False]
    assert [may_edit(admin, subject) for subject in (own, other)] == [True, True]


def test_trouble_is_told_from_a_moment_on(alice):
    task, now = make_task(alice, "failed"), timezone.now()
    old, new = (
        task.events.create(at=now - timedelta(minutes=ago), kind="failed", state="failed")
        for ago in (61, 59)
    )
    task.events.create(at=now, kind="sent", state="failed")
    assert list(TaskEvent.objects.trouble_since(now - timedelta(hours=1))) == [new]
    assert set(TaskEvent.objects.trouble_since(now - timedelta(hours=2))) == {old, new}


def test_unused_is_what_no_task_and_no_subject_has(alice):
    in_task, in_subject, unused = images_of(alice, 3)
    make_task(alice, image=in_task)
    make_subject(alice, images=0).images.create(image=in_subject, position=0)
    task = make_task(alice)
    task.images.create(url="https://example.com/1.png", position=0)
    assert list(unused_images()) == [unused]


def test_free_without_a_word_is_what_never_left_or_was_refused(alice):
    now = timezone.now()
    free = [
        make_task(alice, "canceled"),
        make_task(alice, "failed", sent_at=now, reason="refused"),
    ]
    make_task(alice, "failed", sent_at=now, reason="generation")
    make_task(alice, "failed", sent_at=now, reason="refused", cost="0.1")
    make_task(alice, "canceled", was_held=True)
    assert set(Task.objects.free_without_a_word()) == set(free)


def test_own_subjects_and_the_teams_are_offered_and_what_is_chosen_already(alice, bob, admin):
    own = make_subject(alice, "own", visibility="private")
    team = make_subject(bob, "team")
    theirs = make_subject(bob, "theirs", visibility="private")
    assert set(Subject.objects.offered_to(alice, ["theirs"])) == {own, team}
    assert set(Subject.objects.offered_to(admin, [])) == {team}
    assert set(Subject.objects.offered_to(admin, ["theirs"])) == {team, theirs}
