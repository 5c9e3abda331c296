"""Single sign-on with an issuer on loopback: who comes in by it, and who does not."""

import base64
import json
import time
from datetime import timedelta

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client
from django.utils import timezone

from generation.models import AuditEvent, User
from generation.people import issuer_only, sessions
from generation.people.invitations import invite
from generation.people.second_factors import add_app, new_seed
from tests.people.test_second_factors import code_of
from tests.support.issuer import CLIENT, SECRET


def is_in(client):
    return client.get("/keys/").status_code == 200


def refused():
    return list(
        AuditEvent.objects.filter(what="login.sso-refused").values_list("target", flat=True)
    )


def test_it_works(issuer, alice):
    client = Client()
    assert "Log in with Acme" in client.get("/login/?next=/keys/").content.decode()
    answer = issuer.log_in(client, "/login/sso/?next=/keys/")
    assert (answer.status_code, answer.url) == (302, "/keys/")
    assert is_in(client)
    assert AuditEvent.objects.get(what="login.done").target == "alice: single sign-on"
    linked = SocialAccount.objects.get()
    assert (linked.user, linked.uid, linked.extra_data) == (alice, "number-1", {})
    assert [path.partition("?")[0] for path in issuer.asked].count("/token") == 1
    # From now on the number counts: the e-mail may change at the issuer.
    assert issuer.log_in(Client(), email="new@example.com").url == "/"


def test_nobody_signs_up(issuer, alice):
    client = Client()
    answer = issuer.log_in(client, sub="number-9", email="eve@example.com")
    assert answer.url == "/login/"
    assert "Ask an admin to invite you" in client.get("/login/").content.decode()
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()
    assert refused() == ["nobody here has eve@example.com"]


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email": ""},
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": 1},
        {"nonce": "of-another-question"},
        {"sub": None},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_what_is_not_said_for_us_lets_nobody_in(issuer, alice, claims):
    client = Client()
    assert issuer.log_in(client, **claims).url == "/login/"
    assert not is_in(client)
    assert len(refused()) == 1


def unsigned(claims):
    parts = [{"alg": "none", "kid": "one"}, claims]
    packed = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts]
    return f"{packed[0]}.{packed[1]}."


SIGNERS = {
    "another key": lambda i: lambda c: jwt.encode(c, i.other_key, "RS256", headers={"kid": "one"}),
    "an unknown key": lambda i: lambda c: jwt.encode(c, i.key, "RS256", headers={"kid": "two"}),
    "nothing": lambda i: unsigned,
    "our secret": lambda i: lambda c: jwt.encode(c, SECRET * 2, "HS256", headers={"kid": "one"}),
    "no token": lambda i: lambda c: "x",
}


@pytest.mark.parametrize("signed_by", SIGNERS)
def test_every_signature_is_checked(issuer, alice, signed_by):
    issuer.sign = SIGNERS[signed_by](issuer)
    client = Client()
    assert issuer.log_in(client).url == "/login/"
    assert not is_in(client)


def test_an_answer_is_good_once_and_in_its_own_browser(issuer, alice):
    client, other = Client(), Client()
    url = client.get("/login/sso/").url
    assert "code_challenge=" in url
    assert issuer.come_back(other, url).url == "/login/"
    assert issuer.come_back(client, url).url == "/"
    client.post("/logout/")
    assert issuer.come_back(client, url).url == "/login/"
    assert not is_in(client)


def test_only_the_issuer_is_asked(issuer, alice, settings):
    # The same server answers under this name too, and would be believed.
    elsewhere = issuer.url.replace("127.0.0.1", "localhost")
    for name, path in (
        ("token_endpoint", "token"),
        ("jwks_uri", "jwks"),
        ("authorization_endpoint", "authorize"),
    ):
        issuer.config = {name: f"{elsewhere}/{path}"}
        client = Client()
        start = client.get("/login/sso/")
        if name == "authorization_endpoint":
            assert start.url == "/login/"
        else:
            assert issuer.come_back(client, start.url).url == "/login/"
    issuer.config = {"issuer": "https://elsewhere.example"}
    assert Client().get("/login/sso/").url == "/login/"
    settings.OIDC_HOSTS = ["keys.example"]
    assert issuer_only.is_ours("https://keys.example/x")
    for url in ("http://keys.example/x", "https://keys.example:8443/", "https://evil.example/"):
        assert not issuer_only.is_ours(url)


def test_an_issuer_that_does_not_answer_is_told(issuer, alice, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    client = Client()
    assert client.get("/login/sso/").url == "/login/"
    assert "log in with your password" in client.get("/login/").content.decode()


def test_the_email_may_come_from_the_userinfo_of_the_same_person(issuer, alice):
    told = {"email": "alice@example.com", "email_verified": True}
    plain = issuer.sign
    issuer.sign = lambda c: plain({k: v for k, v in c.items() if not k.startswith("email")})
    issuer.userinfo = told | {"sub": "another"}
    assert issuer.log_in(Client()).url == "/login/"
    issuer.userinfo = told | {"sub": "number-1"}
    assert issuer.log_in(Client()).url == "/"


def test_an_email_that_went_to_somebody_else_opens_no_linked_account(issuer, alice):
    issuer.log_in(Client())
    assert issuer.log_in(Client(), sub="number-2").url == "/login/"
    assert SocialAccount.objects.count() == 1


def test_an_admin_who_removes_second_factors_unlinks_it_too(issuer, alice, admin, client_for):
    own = Client()
    issuer.log_in(own)
    client_for(admin).post(f"/team/{alice.public_id}/factors/")
    assert not is_in(own)
    assert issuer.log_in(Client(), sub="number-2").url == "/"


def test_switched_off_and_other_domains_stay_out(issuer, alice, settings):
    settings.OIDC_DOMAINS = ["acme.example"]
    assert issuer.log_in(Client()).url == "/login/"
    settings.OIDC_DOMAINS = ["example.com"]
    assert issuer.log_in(Client()).url == "/"
    User.objects.update(is_active=False)
    assert issuer.log_in(Client()).url == "/login/"
    assert set(refused()) == {"the domain example.com", "alice is switched off"}


def test_the_second_step_is_ours_unless_the_issuer_had_one(issuer, alice, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    seed = new_seed()
    add_app(alice, seed, code_of(seed))
    time_machine.shift(90)
    client = Client()
    assert issuer.log_in(client).url == "/login/second/"
    assert not is_in(client)
    client.post("/login/second/", {"code": code_of(seed)})
    assert is_in(client)
    assert issuer.log_in(Client(), amr=["pwd", "mfa"]).url == "/"


def test_who_is_invited_joins_once(issuer, admin):
    _, token = invite(admin, label="Sam", email="sam@example.com", role="admin")
    client = Client()
    assert "Join with Acme" in client.get(f"/invitations/{token}/").content.decode()
    start = f"/login/sso/?invitation={token}"
    other = issuer.log_in(Client(), start, sub="number-7", email="eve@example.com")
    assert other.url == "/login/"
    joined = issuer.log_in(
        client, start, sub="number-8", email="sam@example.com", preferred_username="ada"
    )
    assert joined.url == "/"
    sam = User.objects.get(email="sam@example.com")
    assert (sam.username, sam.is_staff, sam.has_usable_password()) == ("ada2", True, False)
    again = issuer.log_in(Client(), start, sub="number-9", email="zoe@example.com")
    assert again.url == "/login/"
    assert User.objects.count() == 2


def test_it_confirms_by_a_fresh_login_of_the_same_account(issuer, alice, bob, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    client = Client()
    issuer.log_in(client)
    time_machine.shift(timedelta(minutes=31))
    key = {"label": "Late", "secret": "vda_key_of_a_test_01", "scope": "personal"}
    client.post("/keys/", key)
    start = "/login/sso/?confirm=1&next=/keys/"
    assert "prompt=login" in client.get(start).url
    for claims in ({}, {"auth_time": int(time.time()) - 3600}, {"sub": "number-2"}):
        claims = {"auth_time": int(time.time())} | claims if "sub" in claims else claims
        assert issuer.log_in(client, start, **claims).url == "/account/confirm/"
    assert issuer.log_in(client, start, auth_time=int(time.time())).url == "/keys/"
    assert alice.api_keys.get().label == "Late"


def in_before_a_factor(issuer, user):
    """A session of before the second factor, and its seed."""
    client, seed = Client(), new_seed()
    issuer.log_in(client)
    add_app(user, seed, code_of(seed))
    return client, seed


def test_it_does_not_confirm_in_place_of_a_second_factor(issuer, alice, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    client, seed = in_before_a_factor(issuer, alice)
    time_machine.shift(timedelta(minutes=31))
    client.post("/keys/", {"label": "Late", "secret": "vda_key_of_a_test_01", "scope": "personal"})
    start, now = "/login/sso/?confirm=1&next=/keys/", int(time.time())
    assert issuer.log_in(client, start, auth_time=now).url == "/account/confirm/"
    assert refused() == ["confirmed without the second factor"]
    assert not alice.api_keys.exists()
    assert client.post("/account/confirm/", {"code": code_of(seed), "next": "/"}).url == "/keys/"
    # From here on the session is strong, and either is enough.
    time_machine.shift(timedelta(minutes=31))
    again = int(time.time())
    assert issuer.log_in(client, start, auth_time=again).url == "/keys/"


def test_an_issuer_that_asked_for_two_factors_confirms_for_both(issuer, alice, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    client, _ = in_before_a_factor(issuer, alice)
    start = "/login/sso/?confirm=1&next=/keys/"
    assert issuer.log_in(client, start, auth_time=int(time.time()), amr=["mfa"]).url == "/keys/"
    assert sessions.STRONG in client.session


def test_a_row_in_the_table_of_providers_lets_nobody_in(issuer, alice, settings):
    settings.OIDC_ISSUER = ""
    SocialApp.objects.create(provider="openid_connect", provider_id="oidc-test", client_id="x")
    assert Client().get("/login/sso/").status_code == 404
    assert Client().get("/login/sso/callback/").status_code == 404


def test_no_other_site_begins_a_login(issuer, alice):
    answer = Client().get("/login/sso/", headers={"sec-fetch-site": "cross-site"})
    assert answer.url == "/login/"
    assert issuer.asked == []
