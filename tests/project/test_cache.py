"""What is cached is JSON, in the database and in Redis; planted code stays text."""

import base64
import pickle
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
import redis
from django.core import signing
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django_q.signing import BadSignature, SignedPackage

from tests.support.servers import own_redis

PASSWORD = "correct horse battery"


class Canary:
    """Unpickled, it runs a command that leaves a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (subprocess.check_call, (["touch", str(self.path)],))


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    with own_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


class InRedis:
    def __init__(self, settings, url):
        backend = "generation.cache.JsonRedisCache"
        settings.CACHES = settings.CACHES | {
            "default": {"BACKEND": backend, "LOCATION": url, "KEY_PREFIX": "viduweb"}
        }
        self._url = url

    def plant(self, key, data):
        with closing(redis.Redis.from_url(self._url)) as server:
            server.set(key, data)

    def text(self, key):
        with closing(redis.Redis.from_url(self._url)) as server:
            return server.get(f"viduweb:1:{key}").decode()


class InTheDatabase:
    def __init__(self, settings):
        backend = "generation.cache.JsonDatabaseCache"
        settings.CACHES = settings.CACHES | {
            "default": {"BACKEND": backend, "LOCATION": "cache", "KEY_PREFIX": "viduweb"}
        }
        call_command("createcachetable", verbosity=0)

    def plant(self, key, data):
        """As Django's own cache would have kept it."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM cache WHERE cache_key = %s", [key])
            cursor.execute(
                "INSERT INTO cache (cache_key, value, expires) VALUES (%s, %s, '2999-01-01')",
                [key, base64.b64encode(data).decode()],
            )

    def text(self, key):
        with connection.cursor() as cursor:
            cursor.execute("SELECT value FROM cache WHERE cache_key = %s", [f"viduweb:1:{key}"])
            return cursor.fetchone()[0]


@pytest.fixture(params=["database", "redis"])
def place(request, settings, db):
    if request.param == "redis":
        place = InRedis(settings, request.getfixturevalue("redis_url"))
    else:
        place = InTheDatabase(settings)
    cache.clear()
    return place


@pytest.fixture
def keys_read(monkeypatch):
    """Every key that goes to a cache while the test runs, as it is called there."""
    seen = set()
    original = BaseCache.make_and_validate_key

    def noted(self, key, version=None):
        found = original(self, key, version)
        if self is cache._connections[cache._alias]:
            seen.add(found)
        return found

    monkeypatch.setattr(BaseCache, "make_and_validate_key", noted)
    return seen


def walk(admin):
    """The pages that keep something; the statuses of their answers."""
    client, stranger = Client(), Client()
    client.force_login(admin)
    wrong = {"username": "ada", "password": "wrong"}
    yield from (client.get(path).status_code for path in ("/", "/tasks/", "/engine/", "/readyz"))
    yield stranger.post("/login/", wrong).status_code
    yield stranger.post("/login/", {"username": "ada", "password": PASSWORD}).status_code
    yield stranger.post("/callbacks/no-such-token/").status_code


def test_planted_code_does_not_run(place, keys_read, admin, tmp_path):
    before = list(walk(admin))
    # Wrong passwords are counted in the database: whoever owns the cache cannot forget them.
    assert not any("login" in key for key in keys_read)
    assert any("engine" in key for key in keys_read)
    planted = set(keys_read)
    for key in planted:
        place.plant(key, pickle.dumps(Canary(tmp_path / "canary")))
    assert list(walk(admin)) == before
    assert not (tmp_path / "canary").exists()
    with pytest.raises(subprocess.CalledProcessError):
        # The canary is one: what would unpickle it fails here, or sings.
        pickle.loads(pickle.dumps(Canary(tmp_path / "no/such/folder/canary")))


def test_the_queue_reads_nothing_that_we_have_not_signed(settings, tmp_path):
    planted = pickle.dumps(Canary(tmp_path / "canary"))
    foreign = signing.dumps(planted.hex(), key="x" * 50, salt="default")
    for text in (base64.urlsafe_b64encode(planted).decode(), foreign, planted.decode("latin-1")):
        with pytest.raises(BadSignature):
            SignedPackage.loads(text)
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("value", [0, 7, -3, 1.5, True, None, "ünï", [1, [2]], {"a": {"b": []}}])
def test_what_json_knows_comes_back(place, value):
    cache.set("value", value, 60)
    assert cache.get("value", "missing") == value
    assert cache.get_many(["value", "other"]) == {"value": value}


def test_a_value_is_plain_text_where_it_lies(place):
    cache.set("value", {"a": 1})
    assert place.text("value") == '{"a":1}'


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", timedelta(1)])
def test_what_json_does_not_know_is_refused(place, value):
    with pytest.raises(TypeError):
        cache.set("value", value)


@pytest.mark.parametrize("junk", [b"", b"\x80\x05.", b"{", b"[" * 100_000, b"9" * 10_000, b"\xff"])
def test_what_cannot_be_read_is_missing(place, junk):
    place.plant("viduweb:1:junk", junk)
    assert cache.get("junk", "nothing") == "nothing"
    assert cache.get_many(["junk"]) == {}
    cache.set("junk", 1)
    assert cache.get("junk") == 1


def test_a_value_lives_as_long_as_it_was_given(place):
    assert cache.add("once", 1, 60)
    assert not cache.add("once", 2, 60)
    assert cache.get("once") == 1
    cache.set("gone", 1, 0)
    assert cache.get("gone") is None
    cache.set("always", 1, None)
    assert cache.get("always") == 1
    assert "once" in cache
    assert cache.delete("once")
    assert not cache.delete("once")


def test_what_has_ended_makes_room(settings, db, time_machine):
    InTheDatabase(settings)
    time_machine.move_to("2026-11-21T12:00:00Z", tick=False)
    cache.set("short", 1, 60)
    time_machine.move_to("2026-11-21T12:00:59Z", tick=False)
    assert cache.get("short") == 1
    assert cache.touch("short", 60)
    time_machine.move_to("2026-11-21T12:01:59Z", tick=False)
    assert cache.get("short") is None
    assert not cache.touch("short", 60)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("short")
    assert cache.add("short", 2, 60)
    assert cache.get("short") == 2


def test_counting(place):
    with pytest.raises(ValueError, match="not found"):
        cache.incr("count")
    cache.set("count", 1)
    assert (cache.incr("count"), cache.incr("count", 5), cache.decr("count")) == (2, 7, 6)
    assert cache.get("count") == 6


@pytest.mark.django_db(transaction=True)
def test_of_counts_at_once_none_is_lost(settings):
    InTheDatabase(settings)
    cache.set("count", 0)

    def count(_):
        try:
            for _ in range(5):
                cache.incr("count")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    assert cache.get("count") == 40


def test_the_table_does_not_grow_for_ever(settings, db):
    InTheDatabase(settings)
    settings.CACHES["default"]["OPTIONS"] = {"MAX_ENTRIES": 20}
    settings.CACHES = dict(settings.CACHES)
    for number in range(60):
        cache.set(f"key{number}", number, 60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM cache")
        assert cursor.fetchone()[0] <= 21
    assert cache.get("key59") == 59


def test_every_shared_cache_of_ours_is_json_and_so_are_sessions(settings):
    shared = [one for one in settings.CACHES.values() if "locmem" not in one["BACKEND"]]
    assert shared
    assert all(one["BACKEND"].startswith("generation.cache.Json") for one in shared)
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")
