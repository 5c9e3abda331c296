"""A malformed or unsafe value of any setting stops the start, by a sentence that names it."""

import importlib
import re
import sys

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from tests.support.sources import settings_source

FERNET = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "only-for-this-test-never-elsewhere-" * 2,
    "ENCRYPTION_KEYS": FERNET,
    "ALLOWED_HOSTS": "studio.example,10.0.0.7,[::1],.team.example",
    "PUBLIC_URL": "https://studio.example",
}
SOURCE = settings_source()
LIMITS = set(re.findall(r'_limit\(\s*"([A-Z_]+)"', SOURCE))
SETTINGS = LIMITS | set(
    re.findall(r'values\.(?:read|text|flag|number|choice)\(\s*"([A-Z_]+)"', SOURCE)
)


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Runs the settings with these alone; what they say."""

    def start(**given):
        for name in SETTINGS:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
        monkeypatch.setattr("environs.Env.read_env", lambda *args, **kwargs: True)
        for name, value in ({"DATA_DIR": str(tmp_path / "data")} | given).items():
            monkeypatch.setenv(name, value)
        for name in [name for name in sys.modules if f"{name}.".startswith("viduweb.settings.")]:
            monkeypatch.delitem(sys.modules, name)
        return vars(importlib.import_module("viduweb.settings"))

    return start


def refusal(start, **given):
    with pytest.raises(ImproperlyConfigured) as refused:
        start(**given)
    return str(refused.value)


EVERYWHERE = {
    "PRODUCTION": ["maybe", "2", "1 0"],
    "DEBUG": ["yes please"],
    "INSECURE_HTTP": ["-"],
    "OFF_PEAK_AVAILABLE": ["sometimes"],
    "BEHIND_PROXY": ["nginx"],
    "FORWARDED_FOR": ["-1", "11", "nginx"],
    "HSTS_SUBDOMAINS": ["all"],
    "HSTS_PRELOAD": ["soon"],
    "DATA_DIR": ["/", "/tmp", "/var", "/etc/passwd", "~nobody-here/var"],
    "HOST": ["http://0.0.0.0", "0.0.0.0:8000", "a b", "256.1.1.1", "-"],
    "X_ACCEL_REDIRECT": ["protected", "/protected", "/a/../b/", "/a b/", "//", "https://x/"],
    "HOST_NAME": ["two\nlines", "bell\x07"],
    "PORT": ["0", "65536", "-1", "abc", "80.0", "8_000", "٨٠٠٠", "0x50"],
    "SANDBOX_PORT": ["0", "port"],
    "WORKERS": ["0", "-2", "many", "501"],
    "ALLOWED_HOSTS": [
        "https://studio.example", "studio.example:443", "studio.example/x", "a b", "a,,b c", "::1",
        "studio..example", "300.1.1.1", ".",
    ],
    "PUBLIC_URL": [
        "studio.example", "ftp://studio.example", "https://", "https://studio.example/app",
        "https://studio.example?x=1", "https://studio.example#x", "https://studio.example:99999",
        "https://me:secret@studio.example", "https://studio example", "https://[::1",
        "https://studio.example?", "https://studio.example/\"", "javascript:alert(1)",
    ],
    "GATEWAY_URL": [
        "notaurl", "gateway.example/v1", "ftp://gateway.example", "https:///v1",
        "https://key:secret@gateway.example/v1", "https://gateway.example/v1?key=1",
        "https://gateway.example/v1#x", "https://gateway.example:0/v1", "https://gate way.example",
        "https://1.2.3.999/v1",
    ],
    "ENCRYPTION_KEYS": [
        "notafernetkey", FERNET[:-2], FERNET + "A", f"{FERNET},short", f"{FERNET},{'A' * 43}=",
        "A" * 43 + "=", FERNET + " " + FERNET, "ünï" * 15,
    ],
    "DATABASE_URL": [
        "mysql://u:hush@h/n", "postgres://u:hush@h", "postgres://u:hush@h/", "notaurl", "sqlite://",
        "postgres://u:hu/sh@h/n", "postgres://u:hush@h:99999/n", "postgres://u:hu@sh!@h h/n",
        "sqlite:///:memory:", "sqlite://:memory:", "postgres://u:hush@h/n?sslmode=perhaps",
        "oracle://u:hush@h/n", "postgres://u:hush@h/a/b", "postgres://u:hush@h/n?nonsense=1",
        "postgres://u:hush@h/n?connect_timeout=abc", "postgres://u:hush@h/n?sslmode=",
        "postgres://u:hush@h/n?sslmode=require&sslmode=disable", "postgres://u:hush@h/n?conninfo=x",
        "postgres://u:hush@h/n#x", "postgres://u:hush@h/n?pool=true", "sqlite:////etc",
        "sqlite:////etc/viduweb.db", "sqlite:////etc/cron.d/../viduweb.db", "sqlite:////tmp/a.db?mode=ro",
        "sqlite:////tmp/a%00b",
    ],
    "REDIS_URL": [
        "localhost:6379", "http://:hush@h", "redis://", "redis://:hush@h:99999", "redis://:hush@h/x",
        "redis://:hush@h/1?password=x", "redis://:hush@h/1?ssl_cert_req=none", "unix://",
        "redis://:hu/sh@h", "redis://:hush@h h", "redis://:hush@h/1?socket_timeout=abc",
        "redis://:hush@h/1?max_connections=x", "rediss://:hush@h/1?ssl_cert_reqs=bogus",
        "redis://:hush@h/1?ssl_cert_reqs=none", "redis://:hush@h/1?socket_timeout=nan",
        "redis://:hush@h/1?retry_on_timeout=off", "redis://:hush@h/1?protocol=5", "redis://u:1#hush@h",
        "redis://u:1?hush@h", "redis://:hush@h/1?db=1&db=2", "REDIS://:hush@h", "unix:/run/redis.sock",
        "unix://run/redis.sock", "unix:///run/redis.sock?socket_timeout=abc",
        "unix:///run/redis.sock?socket_keepalive=1",
    ],
    "STORAGE_URL": ["http://bucket", "s3://b", "s3://K:hush@bucket", "s3://K@bucket?region=eu-west-1"],
    "METRICS_TOKEN": ["short", "a" * 40, "a token with spaces and so on", "tökentökentökentöken"],
    "EMAIL_URL": [
        "mail.example.com", "http://u:hush@h", "smtp://", "smtp://u:hush@h", "smtp://h?from=nobody",
        "smtp://h:0?from=a@b.example", "smtp://h:99999?from=a@b.example", "smtp://h?from=a@b.example&x=1",
        "smtp://h?from=a@b.example&tls=maybe",
    ],
    "TEAM_TIME_ZONE": ["Berlin", "UTC+2", "../etc/passwd", "Europe/Atlantis"],
    "AUDIT_DAYS": ["-1", "7", "29", "a year"],
    "MFA_REQUIRED": ["yes", "members", "1"],
    "IDLE_MINUTES": ["-1", "1", "4", "an hour", "20161"],
    "CONFIRM_MINUTES": ["-1", "1441", "never"],
    "OIDC_ISSUER": [
        "acme.example", "ftp://acme.example", "https://u:hush@acme.example", "https://acme.example?x=1",
        "https://acme.example",
    ],
    "OIDC_CLIENT_ID": ["two\nlines"],
    "OIDC_CLIENT_SECRET": ["two\nlines"],
    "OIDC_NAME": ["two\nlines"],
    "OIDC_DOMAINS": ["https://acme.example", "@acme.example", "a b"],
    "OIDC_HOSTS": ["https://keys.example", "keys.example/x", "a b"],
    "LOG_LEVEL": ["LOUD", "10"],
    "LOG_FORMAT": ["xml"],
}  # fmt: skip

EVERYWHERE |= {name: ["-1", "five", "0.5", "1e3", "10000000"] for name in sorted(LIMITS)}
IN_PRODUCTION = {
    "SECRET_KEY": ["", "short", "a" * 60, "django-insecure-" + PRODUCTION["SECRET_KEY"], "ab" * 30],
    "ENCRYPTION_KEYS": ["", ","],
    "ALLOWED_HOSTS": ["", "*", "studio.example,*"],
    "DEBUG": ["1"],
    "PUBLIC_URL": ["http://studio.example", "https://elsewhere.example"],
    "GATEWAY_URL": ["http://gateway.example/v1", "http://10.0.0.7/v1", "http://localhost.evil.example"],
    "STORAGE_URL": ["s3://K:hush@bucket?endpoint=http://minio.example"],
    "HSTS_SUBDOMAINS": [],
}  # fmt: skip

OIDC = {"OIDC_CLIENT_ID": "viduweb", "OIDC_CLIENT_SECRET": "hush"}
BAD = [({}, name, value) for name, values in EVERYWHERE.items() for value in values]
BAD += [(PRODUCTION, name, value) for name, values in EVERYWHERE.items() for value in values]
BAD += [(PRODUCTION, name, value) for name, values in IN_PRODUCTION.items() for value in values]
IDS = [f"{'production' if base else 'trial'}-{name}-{value!r}" for base, name, value in BAD]


@pytest.mark.parametrize(("base", "name", "value"), BAD, ids=IDS)
def test_a_bad_value_is_refused_by_one_sentence(start, base, name, value):
    said = refusal(start, **(base | {name: value}))
    first, *lines = said.split("\n")
    assert first == "viduweb cannot start:"
    if not (name == "ALLOWED_HOSTS" and base):  # then PUBLIC_URL has no host either
        assert len(lines) == 1, said
    assert lines[0].startswith(f"  {name} ")
    assert lines[0].endswith((".", ")."))
    assert len(lines[0]) < 260
    for secret in ("hush", "hu/sh", "secret@", FERNET, "short\n"):
        assert secret not in said


def test_every_setting_has_bad_values_here():
    assert set(EVERYWHERE) | set(IN_PRODUCTION) == SETTINGS


GOOD = {
    "PRODUCTION": ["", "0", "off", "No"],
    "DATA_DIR": ["{}/new", "{}/a/b/c"],
    "HOST": ["", "0.0.0.0", "::", "::1", "localhost", "studio-1.internal"],
    "HOST_NAME": ["Büro 1", "x" * 200],
    "PORT": ["1", "65535", " 8080 "],
    "PUBLIC_URL": ["http://127.0.0.1:8000/", "https://studio.example", "https://[::1]:8443"],
    "GATEWAY_URL": [
        "https://gateway.example/model/v1/generation/", "http://127.0.0.1:9", "http://gateway.example",
        "https://[2001:db8::1]:8443/v1",
    ],
    "ENCRYPTION_KEYS": [FERNET, f"{FERNET},", f" {FERNET} , {FERNET} "],
    "ALLOWED_HOSTS": ["*", "studio.example, .team.example ,10.0.0.7,[::1]", "a_b.example"],
    "DATABASE_URL": [
        "postgres://u:p%2F%40@h:5432/n?sslmode=verify-full", "postgresql:///n", "sqlite:////tmp/a/b.db",
        "postgres://u@%2Fvar%2Frun%2Fpostgresql/n", "postgres://u:p@[::1]/n",
        "postgres://u:p@h/n?connect_timeout=2&application_name=viduweb&sslrootcert=/x&keepalives=1",
        "postgres://u:p@h/n?currentSchema=viduweb&assume_role=writer", "sqlite:///{}/a%23b.db",
    ],
    "REDIS_URL": [
        "redis://h", "rediss://u:p%40@h:6380/3?ssl_ca_certs=/x", "unix:///run/redis.sock?db=1",
        "redis://:p@[::1]/0", "redis://:p@h/1?socket_timeout=0.5&socket_keepalive=true&protocol=3",
        "rediss://:p@h/1?ssl_cert_reqs=optional&ssl_check_hostname=no", "unix://:p@/run/redis.sock",
    ],
    "STORAGE_URL": ["s3://K:S@bucket?endpoint=http://127.0.0.1:9000"],
    "METRICS_TOKEN": ["", "8nQ3vXz61TkPbM4wYc0d"],
    "MFA_REQUIRED": ["", "Admins", "all", "none"],
    "IDLE_MINUTES": ["0", "5"],
    "CONFIRM_MINUTES": ["0", "1440"],
    "OIDC_DOMAINS": ["Acme.example, other.example ,"],
    "LOG_LEVEL": ["debug", "Warning"],
    "LOG_FORMAT": ["JSON"],
    "MAX_POLLS_PER_SECOND": ["0", ""],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in GOOD.items() for value in values]
)
def test_a_good_value_starts(start, tmp_path, name, value):
    start(**{name: value.format(tmp_path)})


@pytest.mark.parametrize(
    "given",
    [
        {"GATEWAY_URL": "http://127.0.0.1:9/v1"},
        {"GATEWAY_URL": "http://[::1]:9/v1"},
        {"INSECURE_HTTP": "1", "PUBLIC_URL": "http://studio.example"},
        {"INSECURE_HTTP": "1", "STORAGE_URL": "s3://K:S@bucket?endpoint=http://minio.example"},
        {"PUBLIC_URL": "https://one.team.example"},
        {"PUBLIC_URL": ""},
        OIDC | {"OIDC_ISSUER": "https://acme.example/realms/team/"},
        {"ENCRYPTION_KEYS": f"{Fernet.generate_key().decode()},{FERNET}"},
    ],
)
def test_production_starts(start, given):
    assert start(**(PRODUCTION | given))["PRODUCTION"] is True


def test_single_sign_on_is_loaded_when_it_is_on(start):
    provider = "allauth.socialaccount.providers.openid_connect"
    assert provider not in start()["INSTALLED_APPS"]
    assert provider in start(OIDC_ISSUER="https://acme.example", **OIDC)["INSTALLED_APPS"]


def test_all_that_is_wrong_is_told_at_once(start):
    said = refusal(start, PORT="x", WORKERS="y", REDIS_URL="z", PRODUCTION="1")
    for name in ("PORT", "WORKERS", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "ALLOWED_HOSTS"):
        assert f"\n  {name} " in said


def test_two_servers_have_two_ports(start):
    assert "SANDBOX_PORT must be another port" in refusal(start, SANDBOX_PORT="8000")
    assert start(SANDBOX_PORT="8000", GATEWAY_URL="https://gateway.example")["SANDBOX_PORT"] == 8000
    assert start(PORT="65535")["SANDBOX_PORT"] == 65534


def test_what_a_file_gives_is_judged_too(start, tmp_path):
    (tmp_path / "key").write_text(f"{FERNET}\n")
    assert start(ENCRYPTION_KEYS_FILE=str(tmp_path / "key"))["ENCRYPTION_KEYS"] == [FERNET]
    (tmp_path / "key").write_text("notafernetkey\n")
    assert "ENCRYPTION_KEYS must" in refusal(start, ENCRYPTION_KEYS_FILE=str(tmp_path / "key"))
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    assert "ENCRYPTION_KEYS is no text" in refusal(
        start, ENCRYPTION_KEYS_FILE=str(tmp_path / "key")
    )
    assert "SECRET_KEY cannot be read: SECRET_KEY_FILE" in refusal(
        start, SECRET_KEY_FILE=str(tmp_path / "missing")
    )


def test_the_database_lies_in_its_folder_whatever_that_is_called(start, tmp_path):
    folder = tmp_path / "50%20 #1?"
    made = start(DATA_DIR=str(folder))
    assert made["DATABASES"]["default"]["NAME"] == str(folder / "viduweb.sqlite3")


def test_a_folder_that_cannot_be_used_is_told(start, tmp_path):
    (tmp_path / "file").write_text("")
    assert "DATA_DIR cannot be used" in refusal(start, DATA_DIR=str(tmp_path / "file/inside"))
    (tmp_path / "data/encryption_key").write_text("torn")
    assert "ENCRYPTION_KEYS must be Fernet keys, and it is none" in refusal(start)


@pytest.mark.parametrize(
    ("given", "subdomains", "preload"),
    [
        ({}, True, False),
        ({"HSTS_PRELOAD": "1"}, True, True),
        ({"HSTS_SUBDOMAINS": "0"}, False, False),
    ],
)
def test_how_far_https_reaches_is_chosen(start, given, subdomains, preload):
    made = start(**(PRODUCTION | given))
    assert made["SECURE_HSTS_SECONDS"] == 365 * 24 * 3600
    assert made["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is subdomains
    assert made["SECURE_HSTS_PRELOAD"] is preload


def test_preloading_needs_the_subdomains(start):
    assert "HSTS_PRELOAD needs" in refusal(
        start, **(PRODUCTION | {"HSTS_PRELOAD": "1", "HSTS_SUBDOMAINS": "0"})
    )
