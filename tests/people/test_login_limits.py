"""How many passwords may be tried, by whom, and who is never locked out by others."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from generation.models import AuditEvent, LoginCounter, User
from generation.people import login_limits

PASSWORD = "correct horse battery"
WRONG = "wrong horse battery"


def attempt(client, name, password=WRONG, address="198.51.100.7"):
    data = {"username": name, "password": password}
    return client.post("/login/", data, REMOTE_ADDR=address).status_code


def lock(name, address="198.51.100.7"):
    for _ in range(login_limits.PER_ACCOUNT):
        assert attempt(Client(), name, address=address) == 422
    assert attempt(Client(), name, address=address) == 429


SPELLINGS = [
    "alice", "ALICE", "Alice", "aLice", " alice", "ａｌｉｃｅ", "ａlice", "ALICE@example.com",
    "alice@EXAMPLE.com", "𝐚lice", "ⓐlice", "ALIＣE", "alic𝗲", "alice ",
]  # fmt: skip


def test_all_spellings_of_one_account_share_one_limit(alice):
    codes = [attempt(Client(), given) for given in SPELLINGS]
    assert codes == [422] * 5 + [429] * (len(SPELLINGS) - 5)
    assert [attempt(Client(), given, PASSWORD) for given in SPELLINGS] == [429] * len(SPELLINGS)


def test_a_name_that_nobody_has_is_paused_alike(alice):
    codes = [attempt(Client(), given) for given in ("zoe", "ZOE", "ｚoe", "zoe", "zoe", "zoe")]
    assert codes == [422] * 5 + [429]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_thirty_at_once_look_at_five_passwords(alice, monkeypatch, name):
    looked_at = []
    check, hash_ = User.check_password, User.set_password
    monkeypatch.setattr(User, "check_password", lambda s, p: looked_at.append(p) or check(s, p))
    monkeypatch.setattr(User, "set_password", lambda s, p: looked_at.append(p) or hash_(s, p))

    def guess(number):
        try:
            return attempt(Client(), name, f"wrong {number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(30) as pool:
        codes = sorted(pool.map(guess, range(30)))
    assert codes == [422] * 5 + [429] * 25
    assert len(looked_at) == 5


def test_no_amount_of_junk_and_no_empty_cache_lets_a_lock_go(alice):
    lock("alice")
    for number in range(300):
        attempt(Client(), f"junk{number}", address=f"203.0.113.{number % 250}")
    cache.clear()
    assert attempt(Client(), "alice", PASSWORD) == 429


def test_a_locked_account_costs_no_hash(alice, monkeypatch):
    lock("alice")
    for name in ("check_password", "set_password"):
        monkeypatch.setattr(User, name, lambda *args: pytest.fail("a hash was made"))
    assert attempt(Client(), "alice", PASSWORD) == 429


def test_a_locked_account_costs_no_write(alice, django_assert_num_queries):
    lock("alice")
    client = Client()
    attempt(client, "alice", PASSWORD)
    with django_assert_num_queries(4) as asked:
        attempt(client, "alice", PASSWORD)
    assert [q["sql"] for q in asked if not q["sql"].startswith("SELECT")] == []


def test_it_ends_after_five_minutes(alice, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    lock("alice")
    time_machine.shift(login_limits.WINDOW + timedelta(seconds=1))
    assert attempt(Client(), "alice", PASSWORD) == 302


def test_a_right_password_begins_anew(alice):
    for _ in range(4):
        attempt(Client(), "alice")
    assert attempt(Client(), "alice", PASSWORD) == 302
    lock("alice", address="203.0.113.9")


def test_a_browser_that_has_logged_in_is_not_locked_out_by_others(alice):
    own = Client()
    assert attempt(own, "alice", PASSWORD, address="192.0.2.1") == 302
    own.post("/logout/")
    lock("alice")
    lock("alice", address="192.0.2.1")
    assert attempt(own, "alice", PASSWORD, address="192.0.2.200") == 302


def test_an_address_that_has_logged_in_is_not_locked_out_by_others(alice):
    attempt(Client(), "alice", PASSWORD, address="192.0.2.1")
    lock("alice")
    assert attempt(Client(), "alice", PASSWORD, address="192.0.2.1") == 302


def test_the_first_login_from_an_address_and_the_next_ask_little(alice, django_assert_num_queries):
    own, last = Client(), []
    for queries in (23, 19):
        with django_assert_num_queries(queries):
            assert attempt(own, "alice", PASSWORD) == 302
        own.post("/logout/")
        last.append(login_limits.LoginPlace.objects.get().last_at)
    assert last[0] < last[1]


def test_a_known_browser_has_a_limit_too(alice):
    own = Client()
    attempt(own, "alice", PASSWORD)
    own.post("/logout/")
    assert [attempt(own, "alice") for _ in range(6)] == [422] * 5 + [429]


def test_a_browser_is_known_for_its_own_people_alone(alice, bob):
    own = Client()
    attempt(own, "bob", PASSWORD)
    own.post("/logout/")
    lock("alice", address="203.0.113.5")
    assert attempt(own, "alice", PASSWORD, address="203.0.113.5") == 429


def test_a_forged_cookie_is_nothing(alice):
    lock("alice")
    own = Client()
    own.cookies["device"] = f"{{'{alice.public_id.hex}': 'x'}}"
    assert attempt(own, "alice", PASSWORD) == 429


def test_one_address_may_only_try_so_many_names(alice):
    codes = [attempt(Client(), f"name{number}") for number in range(login_limits.PER_ADDRESS)]
    assert set(codes) == {422}
    assert attempt(Client(), "alice", PASSWORD) == 429
    assert attempt(Client(), "alice", PASSWORD, address="203.0.113.9") == 302


def test_all_addresses_together_have_a_limit(alice, bob, monkeypatch):
    attempt(Client(), "bob", PASSWORD, address="192.0.2.1")
    monkeypatch.setattr(login_limits, "OVERALL", 10)
    for number in range(10):
        attempt(Client(), f"name{number}", address=f"203.0.113.{number}")
    assert attempt(Client(), "alice", PASSWORD, address="203.0.113.99") == 429
    assert attempt(Client(), "bob", PASSWORD, address="192.0.2.1") == 302


def test_a_refused_guess_counts_nowhere(alice):
    lock("alice")
    before = dict(LoginCounter.objects.values_list("name", "count"))
    for _ in range(10):
        attempt(Client(), "alice")
    assert dict(LoginCounter.objects.values_list("name", "count")) == before


def test_the_answer_says_how_long(alice, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    lock("alice")
    answer = Client().post(
        "/login/", {"username": "alice", "password": "x"}, REMOTE_ADDR="198.51.100.7"
    )
    assert 0 < int(answer["Retry-After"]) <= 300
    assert "Wait 5 minutes and try again" in answer.content.decode()
    assert 'value="alice"' in answer.content.decode()


def test_the_own_password_is_not_guessed_either(client_for, alice):
    client = client_for(alice)
    new = {"new_password1": "staple-8-orbit", "new_password2": "staple-8-orbit"}
    codes = [
        client.post("/account/", new | {"old_password": f"x{n}"}).status_code for n in range(7)
    ]
    assert codes == [422] * 5 + [429] * 2
    assert client.post("/account/", new | {"old_password": PASSWORD}).status_code == 429
    assert (
        "Too many wrong"
        in client.post("/account/", new | {"old_password": PASSWORD}).content.decode()
    )
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_what_is_over_is_removed(alice, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    lock("alice")
    time_machine.shift(timedelta(minutes=6))
    login_limits.sweep()
    assert not LoginCounter.objects.exists()


def test_logins_are_written_down_without_what_was_typed(alice):
    attempt(Client(), "alice", address="203.0.113.9")
    attempt(Client(), "hunter2", address="203.0.113.9")
    own = Client()
    attempt(own, "Alice@example.com", PASSWORD, address="192.0.2.1")
    own.post("/logout/", REMOTE_ADDR="192.0.2.1")
    rows = list(AuditEvent.objects.order_by("id").values_list("who", "what", "target", "address"))
    assert rows == [
        (None, "login.failed", "alice", "203.0.113.9"),
        (None, "login.failed", "a name that nobody has", "203.0.113.9"),
        (alice.pk, "login.done", "alice", "192.0.2.1"),
        (alice.pk, "login.ended", "alice", "192.0.2.1"),
    ]


def test_a_flood_of_refused_guesses_leaves_one_row_an_hour(alice):
    lock("alice")
    for _ in range(20):
        attempt(Client(), "alice")
    assert AuditEvent.objects.filter(what="login.paused").count() == 1
