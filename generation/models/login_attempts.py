"""What is counted and remembered about logins: in tables, where all machines see it and none forgets."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.utils import timezone


class LoginCounterQuerySet(models.QuerySet["LoginCounter"]):
    def full(self, limits: dict[str, int]) -> datetime | None:
        """When the last of those counters that are full begins anew; None if none is."""
        running = self.filter(name__in=limits, ends_at__gt=timezone.now())
        ends = [one.ends_at for one in running if one.count >= limits[one.name]]
        return max(ends, default=None)

    def take(self, name: str, most: int, ends_at: datetime) -> bool:
        """Counts one more and says whether it is within `most`: one statement, so of many at once
        no more than that get through."""
        now = _moment(timezone.now())
        ours = "login_counter"
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO generation_logincounter AS {ours} (name, count, ends_at) "  # noqa: S608
                "VALUES (%s, 1, %s) ON CONFLICT (name) DO UPDATE SET "
                f"count = CASE WHEN {ours}.ends_at <= %s THEN 1 ELSE {ours}.count + 1 END, "
                f"ends_at = CASE WHEN {ours}.ends_at <= %s THEN excluded.ends_at ELSE {ours}.ends_at END "
                f"WHERE {ours}.ends_at <= %s OR {ours}.count < %s",
                [name, _moment(ends_at), now, now, now, most],
            )
            return bool(cursor.rowcount)

    def give_back(self, *names: str) -> None:
        self.filter(name__in=names, count__gt=0).update(count=models.F("count") - 1)


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


class LoginCounter(models.Model):
    """Guesses that were let through under one name, until it begins anew."""

    name = models.CharField(max_length=120, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    # what is over and can go
    ends_at = models.DateTimeField(db_index=True)

    objects = LoginCounterQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} {self.count}"


class LoginPlace(models.Model):
    """A network address from which somebody has logged in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    address = models.CharField(max_length=64)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "address"], name="login_place_once")]

    def __str__(self) -> str:
        return self.address
