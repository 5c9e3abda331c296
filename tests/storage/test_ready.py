"""Whether the app is ready: said within seconds, whatever is silent."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from generation.media.storage import parse_storage_url
from generation.models import Lease
from generation.monitoring import storage_check
from generation.monitoring.probe import Probe
from generation.workers import heartbeats
from tests.support.eventually import eventually
from tests.support.gateways.raw import RawGateway, wait_for_close

PROMISED = 5.0


@pytest.fixture(autouse=True)
def _nothing_asked_yet(monkeypatch):
    """Each test asks anew, and leaves no thread behind."""
    storage = Probe(storage_check._try_storage, otherwise=False, within=4.0, kept=-1)
    monkeypatch.setattr(storage_check, "storage", storage)
    yield
    assert eventually(lambda: not any(thread.name == "probe" for thread in threading.enumerate()))


def live(*names, since=timedelta(0)):
    for name in names:
        Lease.objects.create(
            name=f"cluster:{name}", expires_at=timezone.now() + heartbeats.ALIVE_FOR - since
        )


@pytest.fixture
def workers(transactional_db):
    live("default@here", "poll@here")


def ask(client):
    """The status, what was said, and how long it took."""
    began = time.monotonic()
    response = client.get("/readyz")
    return response.status_code, response.json(), time.monotonic() - began


def silent_server():
    """Takes every connection, reads what comes and never answers."""
    return RawGateway(wait_for_close)


@pytest.mark.usefixtures("workers")
def test_it_works(client):
    status, said, _ = ask(client)
    assert status == 200
    assert said == {"ready": True, "database": True, "workers": True, "storage": True}


@pytest.mark.usefixtures("transactional_db")
def test_workers_count_wherever_they_are(client):
    live("default@one", "poll@two")
    live("default@gone", "poll@gone", since=timedelta(hours=1))
    assert ask(client)[0] == 200


@pytest.mark.usefixtures("transactional_db")
def test_each_cluster_needs_a_living_one(client):
    live("default@one", "default@two")
    live("poll@two", since=timedelta(seconds=61))
    status, said, _ = ask(client)
    assert (status, said["database"], said["workers"]) == (503, True, False)


@pytest.mark.usefixtures("workers")
def test_ready_while_the_bucket_takes_files(client, bucket, keys_in):
    status, said, _ = ask(client)
    assert (status, said["storage"]) == (200, True)
    assert keys_in(bucket) == []


@pytest.mark.usefixtures("workers")
def test_not_ready_when_the_bucket_refuses(client, bucket, s3):
    s3.delete_bucket(Bucket=bucket.name)
    status, said, _ = ask(client)
    assert (status, said["storage"]) == (503, False)


@pytest.mark.usefixtures("workers")
def test_a_silent_bucket_is_not_waited_for(client, settings):
    with silent_server() as silent:
        bucket = parse_storage_url(f"s3://KEY:hush@bucket?endpoint=http://127.0.0.1:{silent.port}")
        settings.STORAGES = settings.STORAGES | {"default": bucket.backend()}
        status, said, took = ask(client)
        assert (status, said["storage"], said["workers"]) == (503, False, True)
        assert took < PROMISED
        # It was asked, and is still: nobody else waits, or asks as well.
        assert silent.connections == 1
        status, said, took = ask(client)
        assert (status, said["storage"]) == (503, False)
        assert took < 1
        assert silent.connections == 1


@pytest.mark.usefixtures("transactional_db")
def test_a_database_that_does_not_answer_is_not_waited_for(client, monkeypatch):
    with silent_server() as silent:
        settings = {
            **connections.settings["default"],
            "ENGINE": "django.db.backends.postgresql",
            "HOST": "127.0.0.1",
            "PORT": str(silent.port),
            "NAME": "silent",
            "USER": "nobody",
            "OPTIONS": {"sslmode": "disable"},
        }
        monkeypatch.setitem(connections.settings, "default", settings)
        for longest in (PROMISED, 1):
            status, said, took = ask(client)
            assert (status, said["database"], said["storage"]) == (503, False, True)
            assert took < longest
        assert silent.connections == 1


@pytest.mark.usefixtures("transactional_db")
def test_whatever_is_connected_and_falls_silent_is_not_waited_for(client, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(heartbeats, "heartbeats", lambda: go_on.wait() and [])
    monkeypatch.setattr(storage_check.storage, "_question", go_on.wait)
    try:
        status, said, took = ask(client)
    finally:
        go_on.set()
    assert (status, said["database"], said["storage"]) == (503, False, False)
    assert took < PROMISED


def test_a_probe_that_fails_answers_otherwise(caplog):
    def fail():
        raise RuntimeError("what nobody thought of")

    assert Probe(fail, otherwise="silent", within=4.0).answer() == "silent"
    assert "a probe failed" in caplog.text


def test_an_answer_is_kept_for_a_while():
    asked = []
    probe = Probe(lambda: asked.append(1) or len(asked), otherwise=0, within=4.0, kept=60)
    assert [probe.answer(), probe.answer()] == [1, 1]
    probe._ended -= 61
    assert probe.answer() == 2
