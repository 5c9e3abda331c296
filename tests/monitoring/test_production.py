"""`doctor --production`: one line for each thing that is unsafe, with what to do."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from generation.monitoring import production
from generation.monitoring.production import findings

SAFE = {
    "PRODUCTION": True,
    "DEBUG": False,
    "INSECURE_HTTP": False,
    "ALLOWED_HOSTS": ["studio.example"],
    "PUBLIC_URL": "https://studio.example",
    "BEHIND_PROXY": True,
    "FORWARDED_FOR": 1,
    "HOST": "127.0.0.1",
    "LOG_LEVEL": "INFO",
    "SENDS_MAIL": True,
    "AUDIT_DAYS": 365,
    "MFA_REQUIRED": "admins",
    "IDLE_MINUTES": 720,
    "CONFIRM_MINUTES": 30,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31536000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECRET_KEY": "a-long-and-random-enough-key-for-this-test-0123456789-abcdefghij",
}


@pytest.fixture
def safe(db, settings):
    for name, value in SAFE.items():
        setattr(settings, name, value)
    return settings


def wrong():
    return [sentence for good, sentence in findings() if not good]


def test_a_safe_installation_has_nothing_to_mend(safe):
    assert wrong() == []
    assert len(list(findings())) > len(production.CHECKS)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PRODUCTION", False, "PRODUCTION is off"),
        ("DEBUG", True, "DEBUG is on"),
        ("INSECURE_HTTP", True, "INSECURE_HTTP is on"),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS serves any host"),
        ("PUBLIC_URL", "", "PUBLIC_URL is not set"),
        ("FORWARDED_FOR", 0, "all visitors are one address"),
        ("BEHIND_PROXY", False, "BEHIND_PROXY is off"),
        ("HOST", "0.0.0.0", "HOST listens on every address"),
        ("MFA_REQUIRED", "none", "MFA_REQUIRED is none"),
        ("IDLE_MINUTES", 0, "IDLE_MINUTES is 0"),
        ("CONFIRM_MINUTES", 0, "CONFIRM_MINUTES is 0"),
        ("LOG_LEVEL", "DEBUG", "LOG_LEVEL is DEBUG"),
        ("SENDS_MAIL", False, "EMAIL_URL is not set"),
        ("AUDIT_DAYS", 30, "AUDIT_DAYS is below 90"),
        ("SESSION_COOKIE_SECURE", False, "SESSION_COOKIE_SECURE"),
    ],
)
def test_each_unsafe_setting_has_its_line(safe, name, value, words):
    setattr(safe, name, value)
    said = wrong()
    assert any(words in line for line in said), said
    assert all(line.endswith(".") or "security." in line for line in said)


def test_a_proxy_that_half_is_there_has_one_remedy(safe):
    safe.BEHIND_PROXY = False
    said = [line for line in wrong() if "BEHIND_PROXY" in line or "FORWARDED_FOR" in line]
    assert len(said) == 1
    assert said[0].endswith("until BEHIND_PROXY=1 is set.")
    safe.INSECURE_HTTP = True
    said = [line for line in wrong() if "BEHIND_PROXY" in line or "FORWARDED_FOR" in line]
    assert len(said) == 1
    assert "visitors write the header themselves; set it to 0." in said[0]


def test_passkeys_and_single_sign_on_without_an_address_are_told(safe, admin):
    safe.PUBLIC_URL = ""
    assert not any("to which passkeys" in line for line in wrong())
    safe.OIDC_ISSUER = "https://acme.example"
    assert any("to which passkeys" in line for line in wrong())
    safe.OIDC_ISSUER = ""
    Authenticator.objects.create(user=admin, type="webauthn", data={})
    assert any("to which passkeys" in line for line in wrong())


def test_admins_who_were_never_here_are_told(safe, admin):
    assert any("never logged in" in line for line in wrong())


def test_the_command_says_so_and_fails(db):
    out = StringIO()
    with pytest.raises(CommandError, match="to mend"):
        call_command("doctor", "--production", stdout=out)
    assert "PRODUCTION is off" in out.getvalue()
    plain = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=plain)
    assert "PRODUCTION is off" not in plain.getvalue()
