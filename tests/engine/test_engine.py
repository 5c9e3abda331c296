"""The engine page: for admins, honest, and cheap however much there is."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from generation.lifecycle.transitions import Happened, State, change, record
from generation.models import Counter, Lease, Output, Task
from generation.monitoring import metrics
from generation.presenters import engine as words
from generation.views import engine
from generation.workers import poll_counter
from tests.factories import make_key, make_task

URL = reverse("engine")


@pytest.fixture(autouse=True)
def _nothing_kept(db):
    cache.delete("engine:checked")


@pytest.fixture
def at_risk(in_state):
    task = in_state("archiving", reason="at-risk")
    Output.objects.update(last_error="The address answers with 503", attempts=3)
    return task


def page(client):
    response = client.get(URL)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_it_works(client_for, admin):
    text = page(client_for(admin))
    assert "No uncertain task" in text
    assert "Nothing sent twice" in text


def test_members_find_nothing_there(client_for, alice):
    assert client_for(alice).get(URL).status_code == 404


def test_the_anonymous_are_sent_to_the_login(client, alice):
    assert client.get(URL).status_code == 302


def test_what_needs_a_person_is_listed_with_its_countdown(client_for, admin, in_state, at_risk):
    unsure = in_state("uncertain")
    response = client_for(admin).get(URL)
    html = response.content.decode()
    for task in (unsure, at_risk):
        assert f'id="case-{task.pk}" href="{task.get_absolute_url()}"' in html
    assert html.index(str(at_risk.pk)) < html.index(str(unsure.pk))
    assert "The address answers with 503" in html
    assert 'data-until="' in html


def test_private_words_of_others_are_not_listed(client_for, admin, in_state):
    in_state("uncertain", visibility="private", params={"prompt": "A secret sea"})
    text = page(client_for(admin))
    assert "A private task of alice" in text
    assert "secret" not in text


def test_a_broken_invariant_is_named(client_for, admin, in_state):
    task = in_state("processing")
    Task.objects.update(next_poll_at=None)
    text = page(client_for(admin))
    assert "1 task against an invariant" in text
    assert f"{str(task.pk)[:8]} Nobody polls it any more." in text


def test_invariants_are_not_checked_with_every_request(client_for, admin, monkeypatch):
    checks = []
    monkeypatch.setattr(engine, "broken", lambda: checks.append(1) or [])
    client = client_for(admin)
    page(client)
    page(client)
    assert checks == [1]


def test_queries_do_not_grow_with_the_tasks(
    client_for, admin, in_state, django_assert_max_num_queries
):
    client = client_for(admin)
    page(client)
    for _ in range(4):
        in_state("uncertain")
        in_state("archiving", reason="at-risk")
    Output.objects.update(last_error="Gone")
    with django_assert_max_num_queries(21):
        page(client)


# The count in the navigation


def count_in(html):
    found = re.search(r'id="nav-engine".*?</a>', html, re.DOTALL)
    return None if found is None else re.findall(r'class="badge-count num">(\d+)', found[0])


def test_admins_see_the_count_on_every_page(client_for, admin, in_state, at_risk):
    in_state("uncertain")
    in_state("processing")
    html = client_for(admin).get(reverse("account")).content.decode()
    assert count_in(html) == ["2"]


def test_with_nothing_to_do_there_is_no_count(client_for, admin):
    assert count_in(client_for(admin).get(reverse("account")).content.decode()) == []


def test_members_are_not_shown_the_way(client_for, alice, in_state):
    in_state("uncertain")
    assert count_in(client_for(alice).get(reverse("account")).content.decode()) is None


def test_it_costs_one_query_and_members_none(client_for, admin, alice, django_assert_num_queries):
    clients = client_for(admin), client_for(alice)
    with django_assert_num_queries(3):
        clients[0].get(reverse("account"))
    with django_assert_num_queries(2):
        clients[1].get(reverse("account"))


def test_the_live_page_of_an_idle_admin_asks_as_little_as_ever(
    client_for, admin, in_state, django_assert_num_queries
):
    in_state("uncertain")
    client = client_for(admin)
    with django_assert_num_queries(2):
        assert client.get(reverse("changes"), {"since": 10**6}).status_code == 204


# The figures


def test_states_are_counted(in_state):
    for state in ("queued", "processing", "processing", "uncertain"):
        in_state(state)
    states = metrics.collect_metrics().states
    assert (states["queued"], states["processing"], states["lost"]) == (1, 2, 0)
    assert set(states) == set(Task.State.values)


def test_the_most_overdue_poll_is_told(in_state):
    assert metrics.collect_metrics().overdue == 0
    in_state("processing", next_poll_at=timezone.now() + timedelta(seconds=5))
    assert metrics.collect_metrics().overdue == 0
    in_state("processing", next_poll_at=timezone.now() - timedelta(seconds=7))
    assert metrics.collect_metrics().overdue == 7


def alive(name, seconds=30):
    """The row of Lease that counts for so many seconds more; less than 0 for silence."""
    expires_at = timezone.now() + timedelta(seconds=seconds)
    return Lease.objects.create(name=f"cluster:{name}", expires_at=expires_at)


def test_clusters_are_alive_while_their_lease_lasts(db):
    lease = alive("default@one")
    alive("poll@one", -30)
    alive("default@two", 40)
    found = {(one.host, one.name): one for one in metrics.collect_metrics().clusters}
    assert {key: one.alive for key, one in found.items()} == {
        ("one", "default"): True,
        ("one", "poll"): False,
        ("two", "default"): True,
    }
    seen = lease.expires_at - timedelta(seconds=40)
    assert found["one", "default"].seen == seen


def test_machines_are_listed_with_their_clusters(client_for, admin):
    alive("default@studio-2")
    alive("poll@studio-1", -30)
    alive("default@studio-1")
    text = page(client_for(admin))
    first, second = text.index("Machine studio-1"), text.index("Machine studio-2")
    assert first < text.index("Cluster poll Silent seen") < second
    assert text.index("Cluster default Alive seen") > first
    assert text[second:].count("Cluster default Alive seen") == 1
    assert "for minutes" not in text


def test_a_machine_that_is_silent_for_minutes_is_marked(client_for, admin):
    for cluster in ("default", "poll"):
        alive(f"{cluster}@studio-1")
        alive(f"{cluster}@studio-2", -300)
    text = page(client_for(admin))
    assert text.count("Silent for minutes") == 1
    assert "Machine studio-2 Silent for minutes" in text


def test_a_cluster_that_never_came_is_told(client_for, admin):
    assert "Cluster poll Silent never seen" in page(client_for(admin))


def test_waiting_messages_are_counted(db):
    from django_q.tasks import async_task

    before = metrics.collect_metrics().queued
    async_task("generation.jobs.heartbeat", q_options={"cluster": "poll"})
    after = metrics.collect_metrics().queued
    assert after["poll"] == before["poll"] + 1
    assert after["default"] == before["default"]


def test_a_broker_that_does_not_answer_is_told(client_for, admin, monkeypatch, caplog):
    def gone(cluster):
        raise ConnectionError("no Redis here")

    monkeypatch.setattr(metrics, "get_broker", gone)
    assert "Queue poll Does not answer" in page(client_for(admin))


def test_errors_of_the_last_hour_are_counted_by_key_and_kind(in_state, clock):
    old = in_state("processing")
    record(old.pk, "processing", Happened("unreachable", "An hour and more ago."))
    clock.shift(3601)
    for task in (old, in_state("processing", key_label="Other")):
        for kind in ("unreachable", "unreachable", "waits", "status"):
            record(task.pk, "processing", Happened(kind, "Now."))
    found = [(one.key, one.kind, one.times) for one in metrics.collect_metrics().trouble]
    assert found == [
        ("Other", "unreachable", 2),
        ("Other", "waits", 1),
        ("Team", "unreachable", 2),
        ("Team", "waits", 1),
    ]


def test_what_the_gateway_said_about_a_key_is_shown(client_for, admin):
    key = make_key(label="Paused")
    type(key).objects.filter(pk=key.pk).update(last_error="The gateway refused the key.")
    assert "Paused Last said about the key: The gateway refused the key." in page(client_for(admin))


def test_a_full_disk_is_told(client_for, admin, monkeypatch):
    monkeypatch.setattr(words, "ROOMY", 2**80)
    assert "make room" in page(client_for(admin))


# Counting polls


@pytest.fixture
def counted(db, monkeypatch):
    monkeypatch.setattr(poll_counter, "_waiting", 0)
    monkeypatch.setattr(poll_counter, "_written", 0.0)


def test_polls_are_written_once_for_many(counted, django_assert_num_queries):
    poll_counter.count_polls(3)
    with django_assert_num_queries(0):
        poll_counter.count_polls(4)
    assert poll_counter.polls_in_all() == 3
    poll_counter.write_polls()
    assert poll_counter.polls_in_all() == 7


def test_polls_are_told_by_full_minutes(counted, clock):
    clock.move_to(timezone.now().replace(second=10))
    for polls in (5, 0, 7):
        poll_counter.count_polls(polls)
        poll_counter.write_polls()
        clock.shift(60)
    assert poll_counter.polls_by_minute(4) == [0, 5, 0, 7]
    assert poll_counter.polls_in_all() == 12


def test_minutes_long_gone_are_forgotten(counted, clock):
    poll_counter.count_polls(5)
    clock.shift(3 * 3600)
    poll_counter.count_polls(1)
    poll_counter.write_polls()
    assert Counter.objects.filter(name__startswith="polls:").count() == 1
    assert poll_counter.polls_in_all() == 6


def test_a_locked_database_loses_no_count(counted, monkeypatch):
    from django.db import OperationalError

    def locked(polls, minute):
        raise OperationalError("locked")

    with monkeypatch.context() as patch:
        patch.setattr(poll_counter, "_add", locked)
        poll_counter.count_polls(5)
    poll_counter.write_polls()
    assert poll_counter.polls_in_all() == 5


def test_the_poller_counts_what_it_asks(counted, gateway, processing, poll_round):
    for number in range(3):
        processing(remote_id=f"remote-{number}")
    poll_round()
    assert poll_counter.polls_in_all() == len(gateway.requests) == 3


def test_tasks_that_leave_the_list_are_gone_from_it(client_for, admin, in_state):
    task = in_state("uncertain")
    client = client_for(admin)
    assert str(task.pk) in client.get(URL).content.decode()
    done = Happened("gave-up", "Given up.")
    assert change(task.pk, State.UNCERTAIN, to=State.FAILED, happened=done, reason="gave-up")
    assert str(task.pk) not in client.get(URL).content.decode()


def test_tasks_made_the_short_way_do_not_break_the_page(client_for, admin, alice):
    make_task(alice, "uncertain", model="a-model-of-yesterday", params={})
    assert "a-model-of-yesterday" in page(client_for(admin))
