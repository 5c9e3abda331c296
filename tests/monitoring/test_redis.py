"""What the doctor says about Redis."""

import socket
from contextlib import closing

import pytest
import redis

from generation.monitoring.redis import findings
from tests.support.servers import own_redis

NAMES = {
    "public.example": ["93.184.216.34"],
    "private.example": ["10.1.2.3", "fd00::7"],
    "half.example": ["10.1.2.3", "93.184.216.34"],
    "local.example": ["127.0.0.1"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with own_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture(autouse=True)
def _names(monkeypatch):
    original = socket.getaddrinfo

    def look_up(host, *args, **kwargs):
        if host not in NAMES:
            return original(host, *args, **kwargs)
        return [(0, 0, 0, "", (number, 0)) for number in NAMES[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def nobody_there(monkeypatch):
    def refuse(*args, **kwargs):
        raise redis.ConnectionError("refused")

    monkeypatch.setattr(redis.Redis, "scan_iter", refuse)


def words(url):
    return [(good, sentence) for good, sentence in findings(url) if not good]


def test_on_this_machine_nothing_is_asked_for(server):
    assert [good for good, _ in findings(server)] == [True]


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("redis://public.example/1", ["requirepass", "without TLS"]),
        ("redis://:hush@public.example/1", ["without TLS"]),
        ("redis://:hush@half.example/1", ["without TLS"]),
        ("redis://private.example/1", ["requirepass"]),
        ("rediss://public.example/1", ["requirepass"]),
        ("rediss://:hush@public.example/1?ssl_cert_reqs=none", ["ssl_cert_reqs=none"]),
        ("redis://:hush@private.example/1", []),
        ("rediss://:hush@public.example/1", []),
        ("redis://local.example/1", []),
        ("unix:///run/redis.sock", []),
    ],
)
@pytest.mark.usefixtures("nobody_there")
def test_elsewhere_it_needs_a_password_and_a_private_way(url, wrong):
    *found, (good, last) = words(url)
    assert (good, "does not answer" in last) == (False, True)
    assert [good for good, _ in found] == [False] * len(wrong)
    assert all(word in sentence for word, (_, sentence) in zip(wrong, found, strict=True))
    assert "hush" not in str(list(findings(url)))


def test_others_in_our_database_are_noticed(server):
    with closing(redis.Redis.from_url(server)) as client:
        client.set("viduweb:1:login:x", "1")
        client.rpush("django_q:default:q", "x")
        assert words(server) == []
        client.set("celery-task-meta-1", "x")
        ((_, sentence),) = words(server)
        client.flushdb()
    assert "one of its own" in sentence
