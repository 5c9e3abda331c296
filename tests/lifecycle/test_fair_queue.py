"""The line before the gateway: turns, limits, and what a waiting card says."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from generation.gateway.client import GatewayClient
from generation.lifecycle import create_request, dispatch
from generation.lifecycle.transitions import Happened, State, change
from generation.models import QueueShare, Task
from generation.scheduling import fair_queue, queue_position
from generation.scheduling.queue_position import queue_positions as places_of
from generation.views.cards import card as card_of
from generation.views.cards import cards
from generation.views.feed import Cursor, changes
from tests.factories import make_key, make_task
from tests.support.gateways.scripted import Reply

WAKEUP = ("generation.jobs.dispatch", (), "default")


@pytest.fixture
def waiting(team_key):
    """Queued tasks of a member, in order."""

    def make(owner, count=1, key=team_key):
        fair_queue.join(key.pk, owner.pk)
        return [make_task(owner, "queued", key=key) for _ in range(count)]

    return make


def take(count, **fields):
    """Claims tasks as senders do, without sending them; whose they were."""
    claimed = [dispatch._claim(**fields) for _ in range(count)]
    return [task and task.owner.username for task in claimed]


def finish(task, to=State.ARCHIVING):
    assert change(task.pk, *Task.IN_FLIGHT, to=to, happened=Happened("moved", "Moved."))


def flying():
    return Task.objects.in_flight().order_by("revision")


# Turns


def test_a_batch_does_not_block_a_single_task(waiting, alice, bob):
    waiting(alice, 40)
    assert take(3) == ["alice"] * 3
    waiting(bob)
    assert take(2) == ["bob", "alice"]


def test_members_are_served_in_turn(waiting, alice, bob, admin):
    for member in (alice, bob, admin):
        waiting(member, 3)
    assert take(9) == ["alice", "bob", "ada"] * 3


def test_turns_are_kept_when_only_one_may_fly(waiting, alice, bob, settings):
    settings.MAX_IN_FLIGHT_PER_KEY = 1
    waiting(alice, 3)
    waiting(bob, 3)
    order = []
    for _ in range(6):
        order += take(1)
        assert take(1) == [None]
        finish(flying().get())
    assert order == ["alice", "bob"] * 3


def test_one_members_tasks_go_in_the_order_of_their_making(waiting, alice):
    made = waiting(alice, 4)
    assert [dispatch._claim().pk for _ in made] == [task.pk for task in made]


def test_a_task_that_pauses_lets_the_next_pass(waiting, alice):
    first, second = waiting(alice, 2)
    Task.objects.filter(pk=first.pk).update(next_attempt_at=timezone.now() + timedelta(seconds=5))
    assert dispatch._claim().pk == second.pk
    assert dispatch._claim() is None


def test_a_row_that_nobody_put_in_the_queue_is_adopted(sandbox, alice, team_key):
    task = make_task(
        alice,
        "queued",
        key=team_key,
        model="viduq2_reference2image",
        params={"prompt": "A calm sea"},
    )
    assert not QueueShare.objects.exists()
    dispatch.dispatch_due()
    task.refresh_from_db()
    assert task.state == "processing"


def test_a_claim_costs_the_same_however_long_the_queue(
    waiting, alice, bob, settings, django_assert_num_queries
):
    settings.MAX_IN_FLIGHT_PER_KEY = 100
    waiting(alice, 2)
    with django_assert_num_queries(13) as few:
        dispatch._claim()
    waiting(alice, 30)
    waiting(bob, 30)
    with django_assert_num_queries(len(few)):
        dispatch._claim()


def test_the_first_of_the_queue_is_found_in_an_index(waiting, alice):
    waiting(alice)
    line = Task.objects.due_to_send().filter(key=alice.pk, owner=alice).in_line()[:1]
    plan = line.explain()
    assert "task_in_line" in plan or connection.vendor == "postgresql"


# Limits


def test_a_key_has_its_own_limit(waiting, alice, team_key, settings):
    settings.MAX_IN_FLIGHT_PER_KEY = 5
    team_key.max_in_flight = 2
    team_key.save()
    other = make_key(alice)
    waiting(alice, 3)
    waiting(alice, 6, key=other)
    take(10)
    assert flying().filter(key=team_key).count() == 2
    assert flying().filter(key=other).count() == 5


def test_zero_on_a_key_is_no_limit(waiting, alice, team_key, settings):
    settings.MAX_IN_FLIGHT_PER_KEY = 1
    team_key.max_in_flight = 0
    team_key.save()
    waiting(alice, 3)
    assert take(3) == ["alice"] * 3


def test_a_member_has_a_limit_over_all_keys(waiting, alice, bob, settings):
    settings.MAX_IN_FLIGHT_PER_MEMBER = 2
    waiting(alice, 3)
    waiting(alice, 3, key=make_key(alice))
    waiting(bob)
    assert sorted(filter(None, take(6))) == ["alice", "alice", "bob"]


def test_sent_and_running_tasks_count(waiting, alice, team_key, settings):
    settings.MAX_IN_FLIGHT_PER_KEY = 3
    make_task(alice, "processing", key=team_key)
    make_task(alice, "submitting", key=team_key)
    make_task(alice, "archiving", key=team_key)
    make_task(alice, "uncertain", key=team_key)
    waiting(alice, 2)
    assert take(2) == ["alice", None]


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_together_keep_the_limit(waiting, alice, settings):
    settings.MAX_IN_FLIGHT_PER_KEY = 5
    waiting(alice, 12)
    start = threading.Barrier(4)

    def work():
        try:
            start.wait()
            for _ in range(4):
                dispatch._claim()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert flying().count() == 5


@pytest.mark.parametrize("limited", ["all keys", "the key", "the member", "nothing"])
def test_capacity_is_counted_again_under_the_lock(
    waiting, alice, team_key, settings, monkeypatch, limited
):
    settings.MAX_IN_FLIGHT_PER_KEY = 1 if limited == "all keys" else 0
    settings.MAX_IN_FLIGHT_PER_MEMBER = 1 if limited == "the member" else 0
    team_key.max_in_flight = 1 if limited == "the key" else None
    team_key.save()
    mine, others = waiting(alice, 2)
    assert fair_queue.next_task() == mine.pk
    take_revision = dispatch.next_revision

    def meanwhile():
        """Another sender was a moment faster to the lock."""
        Task.objects.filter(pk=others.pk).update(state="submitting")
        return take_revision()

    monkeypatch.setattr(dispatch, "next_revision", meanwhile)
    assert dispatch._take(mine.pk) is (limited == "nothing")
    assert flying().count() == (2 if limited == "nothing" else 1)


@pytest.mark.parametrize("to", [State.ARCHIVING, State.FAILED, State.UNCERTAIN])
def test_a_task_that_lands_wakes_for_the_next(
    waiting, alice, woken, settings, django_capture_on_commit_callbacks, to
):
    settings.MAX_IN_FLIGHT_PER_KEY = 1
    waiting(alice, 2)
    take(1)
    with django_capture_on_commit_callbacks(execute=True):
        finish(flying().get(), to)
    assert woken == [WAKEUP]


def test_nobody_is_woken_when_nobody_waits(
    waiting, alice, woken, django_capture_on_commit_callbacks
):
    waiting(alice)
    take(1)
    with django_capture_on_commit_callbacks(execute=True):
        finish(flying().get())
    assert woken == []


def test_an_admin_gives_a_key_capacity(
    waiting, alice, admin, team_key, client_for, woken, django_capture_on_commit_callbacks
):
    waiting(alice)
    with django_capture_on_commit_callbacks(execute=True):
        client_for(admin).post(f"/keys/{team_key.pk}/limit/", {"max_in_flight": "7"})
    team_key.refresh_from_db()
    assert team_key.max_in_flight == 7
    assert woken == [WAKEUP]
    client_for(admin).post(f"/keys/{team_key.pk}/limit/", {"max_in_flight": ""})
    team_key.refresh_from_db()
    assert team_key.max_in_flight is None


def test_a_member_may_not_limit_the_teams_key(alice, team_key, client_for):
    answer = client_for(alice).post(f"/keys/{team_key.pk}/limit/", {"max_in_flight": "1"})
    assert answer.status_code == 404


# Several at once


def test_a_hanging_key_does_not_hold_up_the_others(gateway, submitted, alice, bob, monkeypatch):
    create, done = GatewayClient.create, threading.Event()

    def hang(client, model, params, key):
        if key.endswith("slow"):
            assert done.wait(10)
        else:
            done.set()
        return create(client, model, params, key)

    monkeypatch.setattr(GatewayClient, "create", hang)
    gateway.reply = lambda request: Reply.json({"id": f"remote-{len(gateway.requests)}"})
    submitted(key=make_key(alice, "Slow", secret="vda_slow"), variations=8)
    quick = submitted()
    dispatch.dispatch_due()
    assert done.is_set()
    quick.refresh_from_db()
    assert quick.state == "processing"
    assert not Task.objects.filter(state="queued").exists()


def test_large_requests_are_not_all_in_memory_at_once(gateway, submitted, monkeypatch):
    at_once, most, lock = [], [], threading.Lock()
    create = GatewayClient.create

    def note(client, *args):
        with lock:
            at_once.append(1)
            most.append(len(at_once))
        reply = create(client, *args)
        with lock:
            at_once.pop()
        return reply

    monkeypatch.setattr(GatewayClient, "create", note)
    monkeypatch.setattr(create_request, "_size", lambda params: dispatch.IN_HAND)
    gateway.reply = lambda request: Reply.json({"id": f"remote-{len(gateway.requests)}"})
    submitted(variations=4)
    dispatch.dispatch_due()
    assert max(most) <= 2
    assert Task.objects.filter(state="processing").count() == 4


def test_what_a_request_holds_is_its_pictures_twice():
    subjects = [{"images": ["x" * 3, "y"]}, {"images": []}]
    assert create_request._size({"images": ["z" * 10], "subjects": subjects}) == 28
    assert create_request._size({"prompt": "A calm sea"}) == 0


# What a waiting card says


def test_queue_positions_are_the_order_of_dispatch(waiting, alice, bob, admin, settings):
    waiting(alice, 5)
    waiting(bob, 2)
    take(2)
    waiting(admin, 3)
    queued = list(Task.objects.filter(state="queued"))
    told = sorted(queued, key=lambda task: places_of(queued)[task.pk].number)
    assert [dispatch._claim().pk for _ in queued] == [task.pk for task in told]


def test_a_card_says_its_queue_position_and_who_goes_first(waiting, alice, bob):
    waiting(bob, 2)
    waiting(alice, 2)
    (_, last) = Task.objects.filter(owner=alice).order_by("born_revision")
    card = card_of(last, alice)
    assert card.headline == "4th in line"
    assert card.detail == "2 of bob’s go first."


def test_a_card_says_what_is_full(waiting, alice, settings):
    settings.MAX_IN_FLIGHT_PER_KEY = 2
    waiting(alice, 3)
    take(2)
    card = card_of(Task.objects.get(state="queued"), alice)
    assert card.headline == "Next in line"
    assert card.detail == "Waiting: 2 of 2 tasks of this key are running."


def test_a_card_says_when_the_member_has_enough(waiting, alice, bob, settings):
    settings.MAX_IN_FLIGHT_PER_MEMBER = 1
    waiting(alice, 2)
    take(1)
    task = Task.objects.get(state="queued")
    assert card_of(task, alice).detail == "Waiting: 1 of your 1 task is running."
    assert "this member’s" in card_of(task, bob).detail


def test_a_page_of_waiting_cards_costs_five_queries(
    waiting, alice, bob, settings, django_assert_num_queries
):
    settings.MAX_IN_FLIGHT_PER_KEY = 1
    waiting(alice, 20)
    waiting(bob, 20)
    queued = list(Task.objects.select_related("owner"))
    with django_assert_num_queries(5):
        assert all(card.headline for card in cards(queued, alice))


def test_waiting_cards_are_shown_again_when_the_queue_moves(waiting, alice, bob, monkeypatch):
    monkeypatch.setattr(queue_position, "_last_shown", ())
    made = waiting(alice, 3)
    queue_position.refresh_waiting_cards()
    before = dict(Task.objects.values_list("pk", "revision"))
    assert sorted(before, key=before.__getitem__) == [task.pk for task in made]
    queue_position.refresh_waiting_cards()
    assert dict(Task.objects.values_list("pk", "revision")) == before
    take(1)
    queue_position.refresh_waiting_cards()
    head = max(before.values())
    shown = {task.pk for task in changes(bob, Cursor(head, head)).changed}
    assert shown >= {made[1].pk, made[2].pk}


def test_a_long_queue_is_refreshed_less_often():
    assert queue_position.refresh_every(10) == 3
    assert queue_position.refresh_every(1000) == 30


def test_a_running_task_says_that_it_cannot_be_canceled(alice, team_key, client_for):
    task = make_task(alice, "processing", key=team_key)
    html = client_for(alice).get(task.get_absolute_url()).content.decode()
    assert "the gateway has no cancel" in html


def test_a_task_whose_key_is_gone_fails_though_its_member_has_enough(
    waiting, alice, settings, monkeypatch
):
    settings.MAX_IN_FLIGHT_PER_MEMBER = 1
    make_task(alice, "processing")
    task = make_task(alice, "queued", key=None)
    tries = []
    taken = dispatch._take
    monkeypatch.setattr(dispatch, "_take", lambda pk: tries.append(pk) or taken(pk))
    dispatch.dispatch_due()
    task.refresh_from_db()
    assert (task.state, task.reason, tries) == ("failed", "key", [task.pk])
