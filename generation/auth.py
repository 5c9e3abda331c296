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
        by_email = "@" in username
        lookup = {"email__iexact": username} if by_email else {"username": username}
        user = User.objects.filter(**lookup).first()
        if user is None and by_email:
            user = User.objects.filter(username=username).first()
        if user is None:
            # Hash all the same, or the time taken tells which names exist.
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None

    def get_user(self, user_id: int) -> User | None:
        """The logged-in user, with the head of the live feed in the same query."""
        user = logged_in(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
