from django.contrib.auth.management.commands.createsuperuser import Command as CreateSuperuser

from generation.management.guarded import GuardedCommand


class Command(GuardedCommand, CreateSuperuser):
    """Django's own, never on the tables of another version."""
