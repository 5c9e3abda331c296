import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, identify_hasher

from generation import hashers
from generation.models import User

from .memory import peak_of

OURS = "generation.hashers.LeanArgon2PasswordHasher"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _real_hashes(settings):
    settings.PASSWORD_HASHERS = [OURS, "django.contrib.auth.hashers.PBKDF2PasswordHasher"]


def test_32_logins_at_once_stay_small():
    grown = peak_of(
        setup="""
        django.setup()
        from django.contrib.auth.hashers import check_password, make_password
        encoded = make_password("x")
        """,
        work="""
        threads = [threading.Thread(target=check_password, args=("y", encoded)) for _ in range(32)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        """,
    )

    assert grown < 80 * 1024 * 1024


def test_12_logins_with_hashes_of_before_take_turns():
    grown = peak_of(
        setup="""
        django.setup()
        from django.contrib.auth.hashers import Argon2PasswordHasher, check_password
        encoded = Argon2PasswordHasher().encode("x", "saltsaltsalt")
        """,
        work="""
        threads = [threading.Thread(target=check_password, args=("y", encoded)) for _ in range(12)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        """,
    )

    assert grown < 280 * 1024 * 1024


def test_no_more_than_two_hashes_are_made_at_a_time(monkeypatch):
    running, most, lock = 0, 0, Lock()

    def slow(self, password, encoded):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        return True

    monkeypatch.setattr(Argon2PasswordHasher, "verify", slow)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(hashers.LeanArgon2PasswordHasher().verify, ["x"] * 24, ["y"] * 24))

    assert most == hashers.HASHES_AT_ONCE


@pytest.mark.django_db
def test_a_hash_of_before_is_good_and_replaced_at_login(client):
    user = User.objects.create(username="alice")
    old = Argon2PasswordHasher().encode(PASSWORD, "saltsaltsaltsalt")
    User.objects.filter(pk=user.pk).update(password=old)

    answer = client.post("/login/", {"username": "alice", "password": PASSWORD})

    assert answer.status_code == 302
    user.refresh_from_db()
    assert "m=19456,t=2,p=1" in user.password
    assert not identify_hasher(user.password).must_update(user.password)
    assert user.check_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["alice", "nobody", "nobody@example.com"])
def test_a_wrong_login_costs_one_hash_whether_the_name_exists_or_not(client, monkeypatch, name):
    user = User.objects.create(username="alice")
    user.set_password(PASSWORD)
    user.save()
    work = []
    for method in ("encode", "verify"):
        real = getattr(hashers.LeanArgon2PasswordHasher, method)

        def counted(self, *args, real=real):
            work.append((self.memory_cost, self.time_cost))
            return real(self, *args)

        monkeypatch.setattr(hashers.LeanArgon2PasswordHasher, method, counted)

    answer = client.post("/login/", {"username": name, "password": "wrong"})

    assert answer.status_code == 422
    assert work == [(19 * 1024, 2)]
