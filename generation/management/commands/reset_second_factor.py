from typing import Any

from django.core.management.base import CommandError

from generation.management.guarded import GuardedCommand
from generation.models import AuditEvent, User
from generation.people.members import end_sessions
from generation.people.notices import tell
from generation.people.second_factors import reset


class Command(GuardedCommand):
    help = "Removes a member's second factors, when no admin can log in to do it. Their devices are logged out."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="name or e-mail")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.called(options["name"])
        if user is None:
            raise CommandError("Nobody has that name.")
        if not reset(user):
            raise CommandError(f"{user.username} has no second factor.")
        end_sessions(user)
        AuditEvent.objects.create(what="factor.reset", target=f"{user.username}: by the command")
        tell(user, "factors-reset")
        self.stdout.write(f"{user.username} logs in with the password alone, and can set up anew.")
