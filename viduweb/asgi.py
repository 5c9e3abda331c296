"""The same application for ASGI servers; gunicorn with threads is what we measure and recommend."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viduweb.settings")
application = get_asgi_application()
