"""The web application, as gunicorn loads it."""

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viduweb.settings")
application = get_wsgi_application()


def load_everything() -> None:
    """Loads views and templates before the workers are forked, so that these share them."""
    _ = get_resolver().url_patterns
    folder: Path = settings.BASE_DIR / "templates"
    if not settings.DEBUG:
        for path in sorted(folder.rglob("*.html")):
            get_template(str(path.relative_to(folder)))


load_everything()
