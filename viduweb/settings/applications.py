"""What Django is made of here."""

from viduweb.values import time_zone

from .basics import BASE_DIR, values

INSTALLED_APPS = [
    "generation",
    # Without autodiscovery: every library's own pages would come in, django-q2's among them,
    # which run any function.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    # Of allauth the tables and the arithmetic: its addresses and pages are not let in.
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_q",
]

MIDDLEWARE = [
    "generation.middleware.answer_health",
    "generation.logs.identify_requests",
    "generation.middleware.require_our_schema",
    "generation.middleware.compress_pages",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "generation.middleware.keep_out_of_caches",
    "generation.middleware.refuse_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "generation.middleware.watch_sessions",
    "allauth.account.middleware.AccountMiddleware",
    "generation.time_zone.use_members_zone",
    "django_htmx.middleware.HtmxMiddleware",
    "generation.middleware.redirect_htmx_to_doors",
    "generation.middleware.send_to_first_run",
    "generation.middleware.refuse_oversized_bodies",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "generation.middleware.lead_to_second_factor",
    "generation.middleware.note_presence",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "viduweb.urls"
WSGI_APPLICATION = "viduweb.wsgi.application"
# We live at the root of our host; no header or environment of a server moves us.
FORCE_SCRIPT_NAME = ""
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "generation.context.site",
            ],
        },
    },
    {
        # What stands on a page sixty times, in half the time: docs/decisions/tiles-in-jinja.md.
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "generation.tiles.environment"},
    },
]
FORM_RENDERER = "generation.forms.renderer.Renderer"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
# Whose days and months the team's money is counted in; times in pages are the browser's.
TEAM_TIME_ZONE: str = values.read("TEAM_TIME_ZONE", time_zone, "UTC")
USE_I18N = True
USE_TZ = True
