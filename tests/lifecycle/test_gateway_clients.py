import os

import pytest

from generation.lifecycle.dispatch import dispatch_due
from generation.models import Task
from generation.workers import gateway_clients
from generation.workers.gateway_clients import forget_clients, kept_client
from tests.support.gateways.scripted import Reply


@pytest.fixture
def gateway(gateway):
    def reply(request):
        return Reply.json({"id": f"remote-{len(gateway.requests)}", "status": "in_progress"})

    gateway.reply = reply
    return gateway


def test_tasks_sent_one_after_the_other_have_one_connection(gateway, submitted):
    tasks = []
    for _ in range(6):
        tasks.append(submitted())
        dispatch_due()

    sent = Task.objects.filter(pk__in=[task.pk for task in tasks])
    assert [task.state for task in sent] == ["processing"] * 6
    assert len({task.remote_id for task in sent}) == 6
    assert (len(gateway.requests), gateway.connections) == (6, 1)


def test_tasks_sent_at_once_keep_as_many_connections(gateway, submitted):
    for _ in range(3):
        submitted(variations=4)
        dispatch_due()

    assert set(Task.objects.values_list("state", flat=True)) == {"processing"}
    assert len(gateway.requests) == 12
    assert gateway.connections <= 4


def test_a_client_is_used_by_one_at_a_time(gateway):
    with kept_client() as first, kept_client() as second:
        assert first is not second
    with kept_client() as third:
        assert third in (first, second)


def test_no_more_are_kept_than_leave_at_once(gateway, monkeypatch):
    monkeypatch.setattr(gateway_clients, "MOST_KEPT", 1)

    with kept_client() as first, kept_client() as second:
        pass

    assert second._http.is_closed != first._http.is_closed


def test_a_changed_address_is_not_asked_over_an_old_connection(gateway, settings):
    with kept_client() as first:
        pass
    settings.GATEWAY_URL = "http://127.0.0.1:9/v1"

    with kept_client() as second:
        assert second.base_url == "http://127.0.0.1:9/v1"
    assert first._http.is_closed


def test_a_forked_process_leaves_its_parent_s_connections_alone(gateway, monkeypatch):
    with kept_client() as parent:
        pass
    monkeypatch.setattr(os, "getpid", lambda: 1)

    with kept_client() as child:
        assert child is not parent
    assert not parent._http.is_closed
    parent.close()
    forget_clients()
