"""What the pages that DEBUG shows leave out."""

import re

from django.views.debug import SafeExceptionReporterFilter


class Filter(SafeExceptionReporterFilter):
    """Also the addresses of servers, which may hold a password."""

    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|DATABASE_URL|REDIS|LOCATION",
        flags=re.IGNORECASE,
    )
