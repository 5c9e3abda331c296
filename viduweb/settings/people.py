"""Who comes in, and how."""

import hashlib
from typing import Any

from viduweb.addresses import issuer, plain_hosts

from .applications import INSTALLED_APPS
from .basics import PRODUCTION, values

AUTH_USER_MODEL = "generation.User"
AUTHENTICATION_BACKENDS = ["generation.auth.NameOrEmailBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "studio"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "generation.hashers.LeanArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": _VALIDATORS + "UserAttributeSimilarityValidator"},
    {"NAME": _VALIDATORS + "MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": _VALIDATORS + "CommonPasswordValidator"},
    {"NAME": _VALIDATORS + "NumericPasswordValidator"},
]

# Who must have a second factor: they are led to set it up before anything else.
MFA_REQUIRED: str = values.choice("MFA_REQUIRED", "none", ("none", "admins", "all"))
MFA_ADAPTER = "generation.people.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "viduweb"
# Clocks of phones are off by half a minute.
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# How long somebody may do nothing and stay logged in; 0 is as long as the session lasts.
IDLE_MINUTES: int = values.number("IDLE_MINUTES", 0, least=0, most=20_160)
if 0 < IDLE_MINUTES < 5:
    values.refuse("IDLE_MINUTES", "must be at least 5, or 0 for no limit.")
# How long a login counts as fresh: later, keys, roles and exports ask again. 0 never asks.
CONFIRM_MINUTES: int = values.number("CONFIRM_MINUTES", 30, least=0, most=1440)

# Single sign-on by OpenID Connect, for members and those who are invited.
OIDC_ISSUER: str = values.read("OIDC_ISSUER", issuer)
OIDC_CLIENT_ID: str = values.text("OIDC_CLIENT_ID")
_client_secret: str = values.text("OIDC_CLIENT_SECRET")
OIDC_NAME: str = values.text("OIDC_NAME", "single sign-on")
OIDC_DOMAINS: list[str] = values.read("OIDC_DOMAINS", plain_hosts)
OIDC_HOSTS: list[str] = values.read("OIDC_HOSTS", plain_hosts)
if OIDC_ISSUER and not (OIDC_CLIENT_ID and _client_secret):
    values.refuse("OIDC_ISSUER", "needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET too.")
if PRODUCTION and OIDC_ISSUER.startswith("http:"):
    values.refuse("OIDC_ISSUER", "must begin with https://: whoever answers there logs people in.")
if OIDC_ISSUER:
    # It brings another HTTP client into every process: 8 MB.
    INSTALLED_APPS.append("allauth.socialaccount.providers.openid_connect")
SOCIALACCOUNT_ADAPTER = "generation.people.adapters.SingleSignOnAdapter"
# Under a name that says which issuer: the same number at another one is another person.
OIDC_ID = f"oidc-{hashlib.sha256(OIDC_ISSUER.encode()).hexdigest()[:12]}"
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": OIDC_ID,
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": _client_secret,
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}

# How long a line of the audit log is kept; 0 is for good.
AUDIT_DAYS: int = values.number("AUDIT_DAYS", 365, least=0, most=36_500)
if 0 < AUDIT_DAYS < 30:
    values.refuse("AUDIT_DAYS", "must be at least 30, or 0 to keep everything.")
