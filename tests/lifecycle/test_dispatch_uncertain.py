"""No clear answer: the task is uncertain, and never sent again."""

import socket

import pytest

from generation.gateway.client import GatewayClient
from generation.lifecycle import create_request
from tests.factories import make_task
from tests.support.gateways.raw import raw_gateway, read_request, wait_for_close
from tests.support.gateways.scripted import Reply


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_server_error_without_an_id_is_uncertain(gateway, sent, status):
    gateway.reply = Reply.json({"error": "oh"}, status)
    task = sent()
    assert (task.state, task.reason, task.http_status) == ("uncertain", "no-answer", status)
    assert task.charge is None
    sent(task)
    assert len(gateway.requests) == 1


def test_a_server_error_with_an_id_made_a_task(gateway, sent):
    gateway.reply = Reply.json({"id": "made"}, 502)
    task = sent()
    assert (task.state, task.remote_id) == ("processing", "made")


def test_a_reply_that_is_no_json_is_uncertain(gateway, sent):
    gateway.reply = Reply(200, b"<html>welcome</html>", {"Content-Type": "text/html"})
    assert sent().state == "uncertain"


@pytest.fixture
def impatient(monkeypatch, settings):
    monkeypatch.setattr(
        create_request, "kept_client", lambda: GatewayClient(settings.GATEWAY_URL, read=0.05)
    )


def test_no_answer_in_time_is_uncertain(settings, sent, impatient):
    def behave(connection):
        read_request(connection)
        wait_for_close(connection)

    with raw_gateway(behave) as settings.GATEWAY_URL:
        task = sent()
    assert (task.state, task.reason) == ("uncertain", "no-answer")
    assert "did not answer in time" in task.error_message
    assert task.sent_at is not None


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"\x00\xff nonsense\r\n\r\n"],
)
def test_a_connection_cut_is_uncertain(settings, sent, answer):
    def behave(connection):
        read_request(connection)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    with raw_gateway(behave) as settings.GATEWAY_URL:
        assert sent().state == "uncertain"


def test_a_surprise_while_sending_is_uncertain(gateway, sent, monkeypatch):
    monkeypatch.setattr(GatewayClient, "create", lambda *args: 1 / 0)
    task = sent()
    assert task.state == "uncertain"
    assert "unexpected" in task.error_message


def test_the_id_of_another_task_is_uncertain(gateway, sent, alice):
    make_task(alice, "completed", remote_id="remote-1")
    task = sent()
    assert (task.state, task.remote_id) == ("uncertain", "")
    assert "id of another task" in task.error_message
