"""What is unsafe in the settings of an installation that people outside the house can reach."""

from collections.abc import Callable, Iterator

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import checks

from generation.models import ApiKey, User

Finding = tuple[bool, str]
Check = tuple[Callable[[], bool], str, str]
"""Whether it is safe, what is then said, and what to do if it is not."""

EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  # looked for, not listened on

CHECKS: tuple[Check, ...] = (
    (
        lambda: settings.PRODUCTION,
        "The strict side is on.",
        "PRODUCTION is off: set PRODUCTION=1, which refuses secrets that are missing or weak.",
    ),
    (
        lambda: not settings.DEBUG,
        "Error pages tell nothing.",
        "DEBUG is on: take it out, its pages show settings and code to whoever meets an error.",
    ),
    (
        lambda: not settings.INSECURE_HTTP,
        "Sessions travel by HTTPS alone.",
        "INSECURE_HTTP is on: passwords and sessions travel in the clear; end TLS in a proxy.",
    ),
    (
        lambda: "*" not in settings.ALLOWED_HOSTS,
        "Only our own hosts are served.",
        "ALLOWED_HOSTS serves any host: name yours.",
    ),
    (
        lambda: settings.PUBLIC_URL.startswith("https://"),
        "Links in mails have our own address.",
        "PUBLIC_URL is not set to an https:// address: links of invitations say what the browser said.",
    ),
    (
        lambda: settings.BEHIND_PROXY or settings.INSECURE_HTTP,
        "The proxy says which requests came by HTTPS.",
        "BEHIND_PROXY is off: a proxy has to end TLS here, and every page redirects until "
        "BEHIND_PROXY=1 is set.",
    ),
    (
        lambda: bool(settings.FORWARDED_FOR) or not settings.BEHIND_PROXY,
        "Limits and the audit log know visitors' addresses.",
        "FORWARDED_FOR is 0 behind a proxy: all visitors are one address, and any of them locks out "
        "the others; set it to the number of your proxies.",
    ),
    (
        # Over HTTPS there is a proxy, and the line above says what to do.
        lambda: settings.BEHIND_PROXY or not (settings.FORWARDED_FOR and settings.INSECURE_HTTP),
        "No visitor chooses an address.",
        "FORWARDED_FOR is set without BEHIND_PROXY: without a proxy visitors write the header "
        "themselves; set it to 0.",
    ),
    (
        lambda: not (settings.BEHIND_PROXY and settings.HOST in EVERYWHERE),
        "Nobody gets past the proxy.",
        "HOST listens on every address: whoever reaches the port passes the proxy and writes its "
        "headers; set HOST=127.0.0.1, or close the port to all but the proxy.",
    ),
    (
        lambda: settings.LOG_LEVEL.upper() != "DEBUG",
        "The log is not chatty.",
        "LOG_LEVEL is DEBUG: libraries then log what they send; set INFO.",
    ),
    (
        lambda: settings.SENDS_MAIL,
        "Mail reaches people.",
        "EMAIL_URL is not set: links of invitations are handed over by hand, which others may read.",
    ),
    (
        lambda: settings.MFA_REQUIRED != "none",
        "Admins have a second factor.",
        "MFA_REQUIRED is none: an admin's password alone opens everything; set admins, or all.",
    ),
    (
        lambda: settings.IDLE_MINUTES > 0,
        "A forgotten device is logged out.",
        "IDLE_MINUTES is 0: a browser left open stays logged in for two weeks; set 720, say.",
    ),
    (
        lambda: settings.CONFIRM_MINUTES > 0,
        "What matters asks for the password again.",
        "CONFIRM_MINUTES is 0: whoever finds an open browser adds keys and roles; set 30.",
    ),
    (
        lambda: bool(settings.PUBLIC_URL) or not (settings.OIDC_ISSUER or _has_passkeys()),
        "Passkeys and single sign-on have one address.",
        "PUBLIC_URL is not set, to which passkeys and single sign-on are bound: set it, or they "
        "work only under the host that the browser happens to ask for.",
    ),
    (
        lambda: not 0 < settings.AUDIT_DAYS < 90,
        "The audit log is kept for a while.",
        "AUDIT_DAYS is below 90: what happened is often noticed later; set 365, or 0 for good.",
    ),
)


def _has_passkeys() -> bool:
    return Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists()


def findings() -> Iterator[Finding]:
    for safe, good, bad in CHECKS:
        yield (True, good) if safe() else (False, bad)
    yield from _django()
    yield from _people()


def _django() -> Iterator[Finding]:
    warnings = [
        one
        for one in checks.run_checks(include_deployment_checks=True)
        if one.level >= checks.WARNING and not one.is_silenced()
    ]
    for one in warnings:
        hint = f" {one.hint}" if one.hint else ""
        yield False, f"{one.id}: {' '.join(str(one.msg).split())}{hint}"
    if not warnings:
        yield True, "Django's deployment check has no warning."


def _people() -> Iterator[Finding]:
    admins = User.objects.active_admins()
    superusers = admins.filter(is_superuser=True).count()
    if superusers > 2:
        yield (
            False,
            f"{superusers} superusers may change everything in Django's admin: let those who do "
            "not need it be admins only (Django's admin, Users).",
        )
    unused = admins.filter(last_login=None).count()
    if unused:
        yield False, f"{unused} admins have never logged in: switch them off on the Team page."
    if ApiKey.objects.filter(trial=False, active=True, paused_at__isnull=False).exists():
        yield False, "A key is refused by the gateway: test it on the Keys page, or delete it."
