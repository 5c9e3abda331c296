from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from generation.catalog import MODELS, ImageLimits
from generation.library.uploads import keep_image
from generation.lifecycle import actions
from generation.lifecycle.enqueue import Input, SubjectInput, Submission, enqueue
from generation.models import Task
from generation.scheduling.submit_limit import TooManySubmits
from tests.factories import make_subject
from tests.lifecycle.conftest import words


@pytest.fixture
def image(alice, upload):
    return keep_image(upload(), alice, ImageLimits())


def test_it_queues_a_task(submitted, team_key):
    task = submitted()
    assert (task.state, task.key, task.key_label) == ("queued", team_key, "Team")
    assert words(task) == ["queued"]


def test_a_worker_is_woken_after_the_commit(submitted, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        submitted()
        assert woken == []
    assert woken == [("generation.jobs.dispatch", (), "default")]


@pytest.mark.django_db(transaction=True)
def test_no_wakeup_for_what_was_rolled_back(submitted, woken):
    with transaction.atomic():
        submitted()
        transaction.set_rollback(True)
    assert woken == []
    assert not Task.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_is_down_costs_no_task(submitted, monkeypatch, caplog):
    def down(*args, **kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr("generation.workers.wakeups.async_task", down)
    assert Task.objects.filter(pk=submitted().pk, state="queued").exists()
    assert "could not wake generation.jobs.dispatch" in caplog.text


def test_the_same_form_twice_makes_its_tasks_once(submitted):
    token = uuid4()
    first = submitted(token=token, variations=2)
    again = submitted(token=token, variations=2)
    assert [task.pk for task in again] == [task.pk for task in first]
    assert Task.objects.count() == 2


def test_two_people_may_have_the_same_token(submitted, bob):
    token = uuid4()
    mine = submitted(token=token)
    theirs = enqueue(
        Submission(
            owner=bob,
            spec=MODELS[mine.model],
            params=mine.params,
            key=mine.key,
            visibility="team",
            token=token,
        )
    )
    assert theirs[0].pk != mine.pk


def test_variations_are_tasks_of_their_own(submitted):
    tasks = submitted(variations=3)
    assert [task.variation for task in tasks] == [0, 1, 2]
    assert len({task.pk for task in tasks}) == 3
    assert len({task.submission for task in tasks}) == 1
    revisions = [task.born_revision for task in tasks]
    assert revisions == list(range(revisions[0], revisions[0] + 3))


def test_of_tasks_made_together_none_has_another_s_moment(submitted):
    tasks = submitted(variations=8)
    moments = [task.created_at for task in tasks]
    assert moments == sorted(set(moments))
    assert [task.revision for task in tasks] == sorted(task.revision for task in tasks)


def test_the_list_price_is_kept(submitted):
    task = submitted(model="viduq1_img2video", params={"prompt": "A calm sea"})
    assert task.estimate == Decimal("0.4")


def test_an_unknown_price_says_why(submitted):
    task = submitted()
    assert task.estimate is None
    assert "publishes no price" in task.estimate_note


def test_inputs_keep_their_order(submitted, image):
    task = submitted(images=[Input(url="https://example.com/1.png"), Input(image=image)])
    assert [given.url for given in task.images.all()] == ["https://example.com/1.png", ""]
    assert task.images.last().image == image


def test_a_subject_is_kept_as_it_is_now(submitted, alice, image):
    subject = make_subject(alice, "fox")
    task = submitted(
        model="viduq2_pro_fast_reference2video",
        params={"prompt": "@fox runs", "duration": 2},
        subjects=[
            SubjectInput(handle="fox", title="Fox", voice_id="v1", images=[image], subject=subject)
        ],
    )
    subject.title, subject.voice_id = "Another", "v2"
    subject.save(update_fields=["title", "voice_id"])
    subject.images.all().delete()
    kept = task.subjects.get()
    assert (kept.handle, kept.title, kept.voice_id) == ("fox", "Fox", "v1")
    assert [given.image for given in kept.images.all()] == [image]
    assert task.words.text.startswith("@fox runs @fox fox\n")


def test_try_again_makes_an_equal_task(submitted, alice, image):
    task = submitted(images=[Input(image=image)], params={"prompt": "A fox", "seed": 7})
    again = actions.repeat(task, alice)
    assert again.pk != task.pk
    assert (again.params, again.again_of, again.key) == (task.params, task, task.key)
    assert again.images.get().image == image


def test_try_again_takes_the_subjects_along(submitted, alice, image):
    task = submitted(
        model="viduq2_pro_fast_reference2video",
        params={"prompt": "@fox runs", "duration": 2},
        subjects=[
            SubjectInput(
                handle="fox",
                title="Fox",
                voice_id="v1",
                images=[image, "https://example.com/fox.png"],
                subject=make_subject(alice, "fox"),
            )
        ],
    )
    kept, again = task.subjects.get(), actions.repeat(task, alice).subjects.get()
    for name in ("handle", "title", "voice_id", "subject"):
        assert getattr(again, name) == getattr(kept, name)
    assert [(given.image, given.url) for given in again.images.all()] == [
        (image, ""),
        (None, "https://example.com/fox.png"),
    ]


def test_try_again_needs_a_key(submitted, alice, team_key):
    task = submitted()
    team_key.delete()
    task.refresh_from_db()
    with pytest.raises(actions.CannotRepeat, match=r"is deleted.*Keys page"):
        actions.repeat(task, alice)


@pytest.mark.parametrize(("active", "owned"), [(False, False), (True, True)])
def test_try_again_without_the_key_says_what_else_to_do(
    submitted, alice, bob, team_key, active, owned
):
    task = submitted()
    team_key.active, team_key.owner = active, bob if owned else None
    team_key.save()
    task.refresh_from_db()
    with pytest.raises(actions.CannotRepeat, match="or remix the task and choose another key"):
        actions.repeat(task, alice)


def test_try_again_needs_the_model(submitted, alice):
    task = submitted()
    task.model = "vidu99"
    with pytest.raises(actions.CannotRepeat, match="no longer offered"):
        actions.repeat(task, alice)


def test_too_many_submits_say_when_the_next_may_come(submitted, alice, settings, clock):
    settings.MAX_SUBMITS_PER_MINUTE = 1
    task = submitted()
    clock.shift(20)
    with pytest.raises(TooManySubmits, match="wait 40 s and press again") as caught:
        actions.repeat(task, alice)
    assert caught.value.seconds == 40
    clock.shift(40)
    assert actions.repeat(task, alice)


def test_submits_of_before_the_clock_was_set_back_do_not_count(submitted, alice, settings, clock):
    settings.MAX_SUBMITS_PER_MINUTE = 1
    task = submitted()
    clock.shift(-6 * 3600)
    assert actions.repeat(task, alice)
    with pytest.raises(TooManySubmits):
        actions.repeat(task, alice)


def test_a_queued_task_can_be_canceled_once(submitted, alice):
    task = submitted()
    assert actions.cancel(task, alice)
    assert not actions.cancel(task, alice)
    event = task.events.last()
    assert (event.kind, event.who) == ("canceled", alice)


def test_only_an_uncertain_task_can_be_given_up(submitted, alice):
    task = submitted()
    assert not actions.give_up(task, alice)
    Task.objects.filter(pk=task.pk).update(state="uncertain")
    assert actions.give_up(task, alice)
    task.refresh_from_db()
    assert (task.state, task.reason) == ("failed", "gave-up")
