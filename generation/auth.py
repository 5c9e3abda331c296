"""Logging in by name or e-mail."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from generation.models import User
from generation.models.heads import logged_in


class NameOrEmailBackend(ModelBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if not username or password is None:
            return None
        user = User.objects.called(username)
        if user is None:
            # Hash all the same, or the time taken tells which names exist.
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None

    def get_user(self, user_id: int) -> User | None:
        """The logged-in user, with the head of the live feed in the same query."""
        user = logged_in(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
