"""The web application, as gunicorn loads it."""

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template import engines
from django.urls import get_resolver

from viduweb.server.charsets import utf8_only

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viduweb.settings")
application = utf8_only(get_wsgi_application())


def load_everything() -> None:
    """Loads views and templates before the workers are forked, so that these share them."""
    _ = get_resolver().url_patterns
    folder: Path = settings.BASE_DIR / "templates"
    if not settings.DEBUG:
        for path in sorted(folder.rglob("*.html")):
            name = path.relative_to(folder)
            engine = engines["jinja2" if name.parts[0] == "tiles" else "django"]
            engine.get_template(str(name))


load_everything()
