"""How far the live page could be for a member: asked with every request, so asked cheaply."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from .api_key import ApiKey
from .counter import Counter, CounterName
from .task import Task
from .user import FEED, User
from .visibility import Visibility


@dataclass(frozen=True, slots=True)
class FeedHead:
    """The newest revision among a member's `own` tasks and among `all` they may see.

    `busy` says whether any of those is in flight. `prices` is another number whenever one that
    was learned has changed, by whosever task: it tells no more than the price itself does.
    """

    own: int
    all: int
    busy: bool
    prices: int = 0


def feed_head(user: User) -> FeedHead:
    """Free for a user whom `logged_in` has loaded, one query for any other, once.

    Raises User.DoesNotExist for a user whom the database does not have.
    """
    # By getattr, for the user of a request is a stand-in that has no __dict__ of its own.
    if not hasattr(user, "own_head"):
        loaded = logged_in(user.pk)
        if loaded is None:
            raise User.DoesNotExist(f"There is no user {user.pk} whose feed could be asked for.")
        for name in FEED:
            setattr(user, name, getattr(loaded, name))
    own, team, busy, prices = (getattr(user, name) for name in FEED)
    return FeedHead(own or 0, max(own or 0, team or 0), bool(busy), prices or 0)


def with_feed_head() -> QuerySet[User]:
    """Users with all that the live page needs to say "nothing new", by the names of `FEED`.

    And with `key_refused`: whether the gateway refuses a key that they manage, as every page says.

    Each is one step in an index, so the row of the logged-in user carries them always. Own
    tasks and the team's are asked for apart: with OR no index answers both.
    """
    tasks = Task.objects.order_by("-revision").values("revision")
    own, team = Q(owner=OuterRef("pk")), Q(visibility=Visibility.TEAM)
    running = Task.objects.running()
    busy = Exists(running.filter(own)) | Exists(running.filter(team))
    refused = ApiKey.objects.refused().order_by()
    own_refused = Exists(refused.filter(own))
    team_refused = Exists(refused.filter(owner=None)) & Q(is_staff=True)
    return User.objects.annotate(
        own_head=Subquery(tasks.filter(own)[:1]),
        team_head=Subquery(tasks.filter(team)[:1]),
        busy=ExpressionWrapper(busy, BooleanField()),
        prices=Subquery(Counter.objects.filter(name=CounterName.PRICES).values("value")),
        key_refused=ExpressionWrapper(own_refused | team_refused, BooleanField()),
    )


def logged_in(pk: int) -> User | None:
    """One user with the feed's head: asked with every request, so composed only once."""
    sql, before, after = _statement()
    return next(iter(User.objects.raw(sql, [*before, pk, *after])), None)


@cache
def _statement() -> tuple[str, tuple[Any, ...], tuple[Any, ...]]:
    """The question of `logged_in`, and its parameters before and after the user's number.

    Composing it takes Django several times as long as the database takes to answer.
    """
    nobody = -1
    sql, params = with_feed_head().filter(pk=nobody).query.sql_with_params()
    at = params.index(nobody)
    return sql, params[:at], params[at + 1 :]
