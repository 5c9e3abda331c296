"""The second step of a login: codes of an app, recovery codes, who must have it, who resets it."""

import io
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from generation import jobs
from generation.models import AuditEvent
from generation.models.secrets import SecretUnreadable
from generation.people import login_limits, second_factors, seeds
from generation.people.second_factors import add_app, new_recovery_codes, new_seed

PASSWORD = "correct horse battery"


@pytest.fixture
def seed(alice, time_machine):
    """That of an app that alice has set up some minutes ago."""
    time_machine.move_to(timezone.now(), tick=False)
    seed = new_seed()
    assert add_app(alice, seed, code_of(seed))
    time_machine.shift(300)
    return seed


def code_of(seed, later=0):
    now = next(iter(totp.yield_hotp_counters_from_time())) + 1
    return totp.format_hotp_value(totp.hotp_value(seed, now + later))


def first_step(name="alice", client=None):
    client = client or Client()
    answer = client.post("/login/?next=/keys/", {"username": name, "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/login/second/")
    assert client.get("/keys/").status_code == 302
    return client


def second(client, code):
    return client.post("/login/second/", {"code": code})


def test_it_works(alice, seed):
    client = first_step()
    assert "Six digits" in client.get("/login/second/").content.decode()
    answer = second(client, code_of(seed))
    assert (answer.status_code, answer.url) == (302, "/keys/")
    assert client.get("/keys/").status_code == 200
    assert client.get("/login/second/").url == "/login/"
    done = AuditEvent.objects.get(what="login.done")
    assert done.target == "alice: password and code"


def test_a_code_opens_once_and_no_older_one_after_it(alice, seed):
    code = code_of(seed)
    assert second(first_step(), code).status_code == 302
    again = second(first_step(), code)
    assert again.status_code == 422
    assert "used already" in again.content.decode()
    assert second(first_step(), code_of(seed, later=-1)).status_code == 422
    assert second(first_step(), code_of(seed, later=1)).status_code == 302


@pytest.mark.parametrize("code", ["", "000", "abcdef", "١٢٣٤٥٦", "x" * 400, "123 456\0"])
def test_what_is_no_code_is_refused_beside_the_field(alice, seed, code):
    answer = second(first_step(), code)
    assert answer.status_code == 422
    assert "id_code_error" in answer.content.decode()


def test_a_recovery_code_opens_once(alice, seed):
    codes = new_recovery_codes(alice)
    assert len(set(codes)) == 10
    assert second(first_step(), codes[3].lower()).status_code == 302
    assert second(first_step(), codes[3]).status_code == 422
    assert second(first_step(), codes[4].replace("-", "")).status_code == 302
    assert second_factors.factors(alice).left == 8
    new_recovery_codes(alice)
    assert second(first_step(), codes[5]).status_code == 422


def test_wrong_codes_are_counted_before_they_are_looked_at(alice, seed, monkeypatch):
    looked_at = []
    use = second_factors.use_code
    monkeypatch.setattr(second_factors, "use_code", lambda u, c: looked_at.append(c) or use(u, c))
    client = first_step()
    codes = [second(client, "000000").status_code for _ in range(7)]
    assert codes == [422] * 5 + [429] * 2
    assert second(first_step(), code_of(seed)).status_code == 429
    refused = second(client, code_of(seed))
    assert "Too many wrong codes. Wait" in refused.content.decode()
    assert refused["Retry-After"]
    assert len(looked_at) == 5
    assert AuditEvent.objects.filter(what="login.code-wrong", target="alice").count() == 5


def test_who_has_logged_in_before_is_not_locked_out_of_the_second_step(alice, seed):
    own = first_step()
    second(own, code_of(seed))
    own.post("/logout/")
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    first_step(client=stranger)
    assert [second(stranger, "000000").status_code for _ in range(6)][-1] == 429
    assert second(first_step(client=own), code_of(seed, later=1)).status_code == 302


def test_the_first_step_ends_by_time_by_a_new_password_and_by_being_switched_off(
    alice, seed, time_machine
):
    late, changed, off = first_step(), first_step(), first_step()
    time_machine.shift(timedelta(minutes=11))
    assert second(late, code_of(seed)).url == "/login/"
    changed = first_step()
    alice.set_password("another horse battery")
    alice.save()
    assert second(changed, code_of(seed)).url == "/login/"
    alice.set_password(PASSWORD)
    alice.save()
    off = first_step()
    type(alice).objects.update(is_active=False)
    assert second(off, code_of(seed)).url == "/login/"


def test_half_a_login_is_none(alice, seed):
    client = first_step()
    for path in ("/", "/account/security/", "/account/confirm/", "/tasks/changes/"):
        assert client.get(path).url.startswith("/login/"), path
    assert alice.pk not in AuditEvent.objects.values_list("who", flat=True)
    assert not login_limits.LoginPlace.objects.exists()


def test_setting_up_an_app_shows_codes_once_and_ends_other_devices(client_for, alice, mailoutbox):
    other, client = client_for(alice), client_for(alice)
    page = client.get("/account/security/app/").content.decode()
    seed = re.search(r'<code class="wrap">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    assert client.post("/account/security/app/", {"code": "000000"}).status_code == 422
    assert seed[:4] in client.get("/account/security/app/").content.decode()
    shown = client.post("/account/security/app/", {"code": code_of(seed)}).content.decode()
    codes = re.findall(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", shown)
    assert len(codes) == 10
    assert other.get("/").status_code == 302
    assert client.get("/").status_code == 200
    security = client.get("/account/security/").content.decode()
    assert "10 left" in security
    assert codes[0] not in security
    words = AuditEvent.objects.order_by("id").values_list("what", flat=True)
    assert list(words) == ["factor.added", "factor.codes-made"]
    client.post("/account/security/codes/")
    assert second(first_step(), codes[0]).status_code == 422


def test_only_ones_own_is_removed_and_codes_go_with_the_last(client_for, alice, bob, seed):
    new_recovery_codes(alice)
    row = Authenticator.objects.get(type="totp")
    assert client_for(bob).post(f"/account/security/{row.pk}/remove/").status_code == 302
    assert Authenticator.objects.count() == 2
    client_for(alice).post(f"/account/security/{row.pk}/remove/")
    assert not Authenticator.objects.exists()
    assert AuditEvent.objects.get().what == "factor.removed"


@pytest.mark.parametrize(("required", "who"), [("admins", {"ada"}), ("all", {"ada", "alice"})])
def test_who_must_have_one_sets_it_up_before_anything_else(
    client_for, alice, admin, settings, required, who
):
    settings.MFA_REQUIRED = required
    for user in (alice, admin):
        client = client_for(user)
        led = user.username in who
        for path in ("/", "/keys/", "/account/", "/usage/export.csv", "/admin/"):
            answer = client.get(path)
            assert (answer.headers.get("Location") == "/account/security/") == led, path
        live = client.get("/tasks/changes/", headers={"hx-request": "true"})
        assert ("HX-Redirect" in live) == led
    client = client_for(admin)
    assert "asks you for a second factor" in client.get("/account/security/").content.decode()
    client.get("/account/security/app/")
    seed = re.search(
        r'<code class="wrap">([A-Z2-7 ]+)<', client.get("/account/security/app/").content.decode()
    )[1]
    client.post("/account/security/app/", {"code": code_of(seed.replace(" ", ""))})
    assert client.get("/keys/").status_code == 200
    # An older session of theirs has not proven it, and sets up no other one.
    for path in ("/keys/", "/account/security/", "/account/security/app/"):
        assert client_for(admin).get(path).url.startswith("/account/confirm/")


def test_an_admin_resets_it(client_for, alice, admin, seed, settings, mailoutbox):
    settings.SENDS_MAIL = True
    own = first_step()
    second(own, code_of(seed))
    path = f"/team/{alice.public_id}/factors/"
    assert client_for(alice).post(path).status_code == 404
    assert client_for(admin).post(path).status_code == 302
    assert own.get("/").status_code == 302
    plain = Client().post("/login/", {"username": "alice", "password": PASSWORD})
    assert plain.url == "/"
    row = AuditEvent.objects.get(what="factor.reset")
    assert (row.who, row.target) == (admin, "alice")
    jobs.mail_notice(alice.pk, "factors-reset")
    assert mailoutbox[0].to == [alice.email]
    assert "removed the second factors" in mailoutbox[0].body
    settings.SENDS_MAIL = False
    jobs.mail_notice(alice.pk, "factors-reset")
    assert len(mailoutbox) == 1


def test_the_command_resets_it_when_no_admin_can(alice, seed):
    own = first_step()
    second(own, code_of(seed))
    call_command("reset_second_factor", "Alice@Example.com", stdout=io.StringIO())
    assert own.get("/").status_code == 302
    assert not Authenticator.objects.exists()
    assert AuditEvent.objects.get(what="factor.reset").target == "alice: by the command"
    for name in ("alice", "nobody"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", name)


def everything():
    with connection.cursor() as cursor:
        parts = []
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            parts.append(repr(cursor.fetchall()))
    return "\n".join(parts)


def test_no_seed_is_in_the_database_and_all_rotate(client_for, alice, bob, seed, settings):
    codes = new_recovery_codes(alice)
    page = client_for(bob).get("/account/security/app/").content.decode()
    shown = re.search(r'<code class="wrap">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    row = Authenticator.objects.get(type="recovery_codes")
    recovery = seeds.seed_of(row)
    dump = everything()
    for secret in (seed, shown, recovery, *codes, codes[0].replace("-", "")):
        assert secret not in dump
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    call_command("rotate_encryption_keys", stdout=io.StringIO())
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert second(first_step(), code_of(seed)).status_code == 302
    assert second(first_step(), codes[0]).status_code == 302


def test_the_seed_of_one_member_opens_nothing_in_anothers_row(alice, bob, seed):
    row = Authenticator.objects.get(user=alice)
    Authenticator.objects.create(user=bob, type="totp", data=row.data)
    with pytest.raises(SecretUnreadable):
        second_factors.use_code(bob, code_of(seed))


def test_codes_that_nobody_can_check_are_no_error_page(alice, seed, settings, client_for, caplog):
    kept = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    codes = new_recovery_codes(alice)
    half = first_step()
    refused = second(half, code_of(seed))
    assert refused.status_code == 422
    assert "Tell an admin" in refused.content.decode()
    assert "codes of alice cannot be checked" in caplog.text
    again = client_for(alice).post("/account/confirm/", {"code": code_of(seed)})
    assert again.status_code == 422
    assert "Tell an admin" in again.content.decode()
    assert seeds.unreadable() == ["alice's TOTP Authenticator"]
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out)
    assert (
        "alice's TOTP Authenticator cannot be decrypted: check ENCRYPTION_KEYS." in out.getvalue()
    )
    # What can be read still opens.
    assert second(half, codes[0]).status_code == 302
    settings.ENCRYPTION_KEYS = kept
    assert second(first_step(), code_of(seed)).status_code == 302
