"""Marked secrets go through everything people do with them, and are then looked for everywhere."""

import base64
import gzip
import io
import logging
import logging.config
import re
import sqlite3
import subprocess
import tarfile
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from allauth.mfa.totp.internal import auth as totp
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.views.debug import technical_500_response
from django_q.models import OrmQ

from generation.models import Alert, ApiKey, Delivery, Invitation, RetiredSecret
from generation.money import alerts
from generation.people import delivery, password_reset
from tests.factories import make_task
from tests.support.issuer import SECRET

KEY = "vda_CANARY-key-5f1e0c77a9"
NEXT_KEY = "vda_CANARY-next-key-77aa01"
THIRD_KEY = "vda_CANARY-third-key-13b7f2"
PASSWORD = "CANARY-password-orbit-41"
HOOK = "CANARY-hook-of-slack-52"
HOOK_SECRET = "CANARY-signing-secret-63"
NEXT_PASSWORD = "CANARY-password-staple-42"


def forms_of(secret):
    """The ways in which it could lie about."""
    plain = secret.encode()
    shifted = [base64.b64encode(b"x" * n + plain)[n * 2 : -4] for n in range(3)]
    return {
        plain,
        quote(secret, safe="").encode(),
        "".join(f"%{byte:02x}" for byte in plain).encode(),
        "".join(f"%{byte:02X}" for byte in plain).encode(),
        plain.hex().encode(),
        *(s for s in shifted if len(s) > 12),
    }


def found_in(data, secrets):
    return [secret for secret in secrets for form in forms_of(secret) if form in data]


def everything_in_the_database():
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            parts.append(repr(cursor.fetchall()).encode())
    if connection.vendor == "sqlite":
        cursor = connection.connection.cursor()
        parts.append("\n".join(sqlite3.Connection.iterdump(connection.connection)).encode())
        del cursor
    return b"\n".join(parts)


def unpacked(path):
    """The backup's bytes, and those of everything packed into it."""
    raw = path.read_bytes()
    parts = [raw]
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive.getmembers():
                if file := archive.extractfile(member):
                    parts.append(_opened(file.read()))
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            parts += [_opened(archive.read(name)) for name in archive.namelist()]
    return b"\n".join(parts)


def _opened(data):
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


@pytest.fixture
def log():
    """Every record of every logger, as our own handler would write it, at the chattiest level."""
    from generation.logs import logging_settings

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.config.dictConfig(logging_settings("DEBUG", "text"))
    ours = next(h for h in logging.getLogger().handlers if h.formatter)
    handler.setFormatter(ours.formatter)
    for one in ours.filters:
        handler.addFilter(one)
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def fails(*args, **kwargs):
    raise RuntimeError("as a fault of ours would")


@pytest.mark.django_db(transaction=True)
def test_no_secret_of_people_lies_about(make_user, tmp_path, settings, log, mailoutbox):
    settings.SENDS_MAIL, settings.PUBLIC_URL = True, "https://studio.example"
    pages = []

    def note(response):
        pages.append(response.content)
        pages.append(str(response.headers).encode())
        return response

    make_user("ada", is_staff=True, is_superuser=True).set_password("irrelevant")
    admin = Client()
    admin.post("/login/", {"username": "ada", "password": "correct horse battery"})
    made = admin.post("/team/invitations/", {"label": "Sam", "email": "sam@example.com"})
    token = mailoutbox[0].body.split("/invitations/")[1].split("/")[0]
    assert token in made.content.decode()
    sam = Client()
    account = {"username": "sam", "email": "sam@example.com", "password2": PASSWORD}
    note(sam.post(f"/invitations/{token}/", account | {"password1": "CANARY"}))
    sam.post(f"/invitations/{token}/", account | {"password1": PASSWORD})
    note(sam.post(f"/invitations/{token}/", account | {"password1": PASSWORD}))

    note(sam.post("/keys/", {"label": "", "secret": KEY, "scope": "personal"}))
    note(sam.post("/keys/", {"label": "Mine", "secret": KEY, "scope": "personal"}))
    note(admin.post("/keys/", {"label": "Team", "secret": NEXT_KEY, "scope": "team"}))
    key = ApiKey.objects.get(label="Mine")
    make_task(key.owner, "uncertain", key=key)
    settings.GATEWAY_URL = "http://127.0.0.1:9/none"
    note(sam.post(reverse("key-test", args=[key.pk]), follow=True))
    note(sam.post(reverse("key-secret", args=[key.pk]), {"secret": f"{THIRD_KEY} x"}))
    note(sam.post(reverse("key-secret", args=[key.pk]), {"secret": THIRD_KEY}, follow=True))
    note(sam.get(reverse("key", args=[key.pk])))
    note(
        sam.post(
            "/account/", {"old_password": PASSWORD, "new_password1": "x", "new_password2": "y"}
        )
    )
    fresh = {"new_password1": NEXT_PASSWORD, "new_password2": NEXT_PASSWORD}
    note(sam.post("/account/", fresh | {"old_password": PASSWORD}))
    note(Client().post("/login/", {"username": "sam", "password": NEXT_PASSWORD + "x"}))
    # The name is typed back, as it should be; it must go nowhere else.
    Client().post("/login/", {"username": NEXT_PASSWORD, "password": "the wrong field"})
    password_reset.mail(key.owner.pk)
    reset = mailoutbox[1].body.split("/password/")[1].split("/")[1]
    for path in ("/", "/keys/", "/account/", "/team/", "/team/audit/", "/admin/generation/apikey/"):
        note(admin.get(path))
    note(admin.get(f"/admin/generation/apikey/{key.pk}/change/"))
    note(admin.get(f"/invitations/{token}x/"))
    page = sam.get("/account/security/app/").content.decode()
    seed = re.search(r'<code class="wrap">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    note(sam.post("/account/security/app/", {"code": "000000"}))
    pages.pop(-2)  # which shows the seed once more, as it should
    code = totp.format_hotp_value(totp.hotp_value(seed, next(totp.yield_hotp_counters_from_time())))
    shown = sam.post("/account/security/app/", {"code": code}).content.decode()
    recovery = re.findall(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", shown)
    note(sam.get("/account/security/"))
    half = Client()
    half.post("/login/", {"username": "sam", "password": NEXT_PASSWORD})
    note(half.post("/login/second/", {"code": "ABCD-EFGH"}))
    note(half.post("/login/second/", {"code": recovery[0]}))
    hook = {"webhook": f"https://127.0.0.1/{HOOK}", "secret": HOOK_SECRET}
    note(admin.post("/usage/alerts/", {"kind": "spend", "limit": "5"} | hook, follow=True))
    alerts.fire(Alert.objects.get(), "Over")
    delivery.deliver_due()
    note(admin.get("/usage/alerts/"))
    for path in ("/usage/export.csv", "/usage/export.json", "/team/audit/export.csv"):
        exported = admin.get(path)
        pages.append(exported.getvalue() if exported.streaming else exported.content)
    assert len(pages[-1]) > 200
    fresh_key = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [fresh_key, *settings.ENCRYPTION_KEYS]
    call_command("rotate_encryption_keys", stdout=io.StringIO())
    settings.ENCRYPTION_KEYS = [fresh_key]
    broken = Client(raise_request_exception=False)
    broken.force_login(key.owner)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("generation.views.keys.KeyForm", fails)
        note(broken.post("/keys/", {"label": "Mine", "secret": KEY, "scope": "personal"}))
    backup = tmp_path / "all.backup"
    call_command("backup", str(backup), stdout=io.StringIO())

    secrets = [KEY, NEXT_KEY, THIRD_KEY, PASSWORD, NEXT_PASSWORD, token, reset, seed, *recovery]
    secrets += [HOOK, HOOK_SECRET]
    assert Alert.objects.get().reveal_webhook() == (hook["webhook"], HOOK_SECRET)
    assert "not public" in Delivery.objects.get(channel="webhook").error
    assert half.get("/keys/").status_code == 200
    assert Invitation.objects.get().accepted_by.username == "sam"
    assert RetiredSecret.objects.get().reveal() == KEY
    key.refresh_from_db()
    assert key.reveal() == THIRD_KEY
    assert found_in(everything_in_the_database(), secrets) == []
    assert found_in(b"\n".join(pages), secrets) == []
    assert found_in(log.getvalue().encode(), secrets) == []
    assert len(log.getvalue()) > 500
    assert found_in(unpacked(backup), secrets) == []
    assert found_in(repr(list(OrmQ.objects.values())).encode(), secrets) == []
    assert found_in(repr(getattr(cache, "_cache", "")).encode(), secrets) == []
    listed = subprocess.run(["ps", "axeww"], capture_output=True, check=False).stdout
    assert found_in(listed, secrets) == []
    if connection.vendor == "sqlite":
        # What was overwritten may still lie in the file, where no query sees it.
        name = Path(connection.settings_dict["NAME"])
        lying = b"".join(path.read_bytes() for path in name.parent.glob(f"{name.name}*"))
        assert found_in(lying, secrets) == []
        assert b"generation_apikey" in lying
    files = [path for path in Path(settings.DATA_DIR).rglob("*") if path.is_file()]
    assert found_in(b"".join(path.read_bytes() for path in files), secrets) == []


@pytest.mark.django_db(transaction=True)
def test_the_issuers_secret_goes_to_the_issuer_alone(issuer, alice, log, settings, tmp_path):
    """It answers in every bad way, and repeats the secret wherever that could be kept or shown."""
    echoes = (
        lambda form: (400, {"error": form["client_secret"], "error_description": SECRET}),
        lambda form: (500, {"error": "server_error", "error_uri": f"https://x.example/{SECRET}"}),
        lambda form: (200, {"access_token": SECRET, "token_type": SECRET, "id_token": SECRET}),
        lambda form: (200, [SECRET]),
    )
    good, pages, sessions = issuer.token, [], []
    for echo in (*echoes, good):
        issuer.token = echo
        client = Client(raise_request_exception=False)
        for answer in (issuer.log_in(client), client.get("/login/"), client.get("/account/")):
            pages += [answer.content, str(answer.headers).encode()]
        sessions.append(dict(client.session))
    issuer.token = good
    issuer.config = {"token_endpoint": f"https://{SECRET}.example/token"}
    assert issuer.log_in(Client()).url == "/login/"
    backup = tmp_path / "all.backup"
    call_command("backup", str(backup), stdout=io.StringIO())

    assert client.get("/account/").status_code == 200
    assert issuer.asked.count("/token") == len(echoes) + 1
    assert found_in(b"\n".join(pages), [SECRET]) == []
    assert found_in(repr(sessions).encode(), [SECRET]) == []
    logging.getLogger("urllib3").error("This is heard.")
    assert "This is heard." in log.getvalue()
    assert found_in(log.getvalue().encode(), [SECRET]) == []
    assert found_in(everything_in_the_database(), [SECRET]) == []
    assert found_in(unpacked(backup), [SECRET]) == []
    assert found_in(repr(getattr(cache, "_cache", "")).encode(), [SECRET]) == []


def test_no_secret_of_settings_is_on_a_page_of_debugging(rf, settings):
    """Somebody switches DEBUG on to look for a fault: passwords in addresses are not told."""
    secret = "CANARY-of-a-setting-31"
    settings.DATABASE_URL = f"postgres://viduweb:{secret}@db.example/viduweb"
    settings.REDIS_URL = f"redis://:{secret}@redis.example/0"
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"redis": settings.REDIS_URL}
    redis = {"BACKEND": "generation.cache.JsonRedisCache", "LOCATION": [settings.REDIS_URL]}
    settings.CACHES = settings.CACHES | {"other": redis}
    app = {"provider_id": "oidc", "client_id": "x", "secret": secret}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    settings.EMAIL_HOST_PASSWORD = settings.METRICS_TOKEN = settings.SECRET_KEY = secret
    settings.ENCRYPTION_KEYS = [secret]
    settings.STORAGES = settings.STORAGES | {"bucket": {"OPTIONS": {"secret_key": secret}}}
    with pytest.raises(RuntimeError) as fault:
        fails()
    # Without this test's own frame, which knows the secret.
    told = (fault.type, fault.value, fault.tb.tb_next)
    page = technical_500_response(rf.get("/"), *told).content
    assert b"DATABASE_URL" in page
    assert found_in(page, [secret]) == []


@pytest.mark.parametrize("shape", ["plain", "quoted", "base64", "hex"])
def test_the_search_would_find_it(shape):
    secret = "CANARY pass/word+41"
    hidden = {
        "plain": secret.encode(),
        "quoted": quote(secret, safe="").encode(),
        "base64": base64.b64encode(b"xy" + secret.encode() + b"z"),
        "hex": secret.encode().hex().encode(),
    }[shape]
    assert found_in(b"before " + hidden + b" after", [secret])
