"""Whose address counts: never what whoever asks writes into a header."""

import pytest

from generation.people.client_address import client_address, network


@pytest.mark.parametrize(
    ("proxies", "told", "found"),
    [
        (0, "203.0.113.9", "10.0.0.2"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.2"),
        (1, "", "10.0.0.2"),
        (1, "unknown", "10.0.0.2"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9, <script>", "10.0.0.2"),
    ],
)
def test_it_is_read_from_the_right(rf, settings, proxies, told, found):
    settings.FORWARDED_FOR = proxies
    request = rf.get("/", REMOTE_ADDR="10.0.0.2", HTTP_X_FORWARDED_FOR=told)
    assert client_address(request) == found


def test_a_socket_has_no_address(rf):
    assert client_address(rf.get("/", REMOTE_ADDR="")) is None
    assert network(None) == "unknown"


def test_a_household_of_ipv6_is_one_place():
    assert network("2001:db8:1:2:3::1") == network("2001:db8:1:2:ffff::9") == "2001:db8:1:2::"
    assert network("203.0.113.9") == "203.0.113.9"


def test_a_made_up_header_does_not_evade_the_limit(client, alice):
    for number in range(6):
        answer = client.post(
            "/login/",
            {"username": "alice", "password": "wrong"},
            headers={"x-forwarded-for": f"203.0.113.{number}"},
        )
    assert answer.status_code == 429


def test_behind_a_proxy_one_visitor_locks_out_no_other(client, alice, bob, settings):
    settings.FORWARDED_FOR = 1
    for number in range(40):
        data = {"username": f"name{number}", "password": "wrong"}
        client.post("/login/", data, headers={"x-forwarded-for": "203.0.113.1"})
    data = {"username": "alice", "password": "correct horse battery"}
    assert (
        client.post("/login/", data, headers={"x-forwarded-for": "203.0.113.1"}).status_code == 429
    )
    assert (
        client.post("/login/", data, headers={"x-forwarded-for": "203.0.113.2"}).status_code == 302
    )
