#!/usr/bin/env python
"""Runs Django's and our own commands."""

import os
import sys

from generation.garbage import beginning_of_loading

if __name__ == "__main__":
    beginning_of_loading()
    # What we make is for our own user: database, secrets, files, and their logs.
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viduweb.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # What to set is what counts, not where the code noticed.
        sys.exit(str(error))
