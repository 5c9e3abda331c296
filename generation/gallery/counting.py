"""How often each value of a filter occurs, counted among the newest: so it costs the same at any size."""

from collections import Counter
from dataclasses import replace

from generation.models import Task, User, Visibility
from generation.money.rollup import kind_of

from .alike import alike
from .filters import RUNNING, Filters
from .search import newest
from .sources import fitting, sources

MOST = 10_000
"""Tasks that are counted."""

Counts = dict[str, dict[str, str]]


def counts(user: User, filters: Filters) -> Counts:
    """By filter and value, each as if that filter were not set; "12+" when there are more tasks."""
    base = replace(filters, kind="", model="", owner=None, whose="all", state="", key=None)
    rows = _rows(user, base)
    more = "+" if len(rows) >= MOST else ""
    found: dict[str, Counter[str]] = {
        name: Counter() for name in ("model", "owner", "state", "key")
    }
    for model, owner, state, key in rows:
        fits = {
            "model": not filters.model or model == filters.model,
            "kind": not filters.kind or kind_of(model) == filters.kind,
            "owner": _fits_owner(user, filters, owner),
            "state": _fits_state(filters, state),
            "key": not filters.key or str(key) == str(filters.key.pk),
        }
        for name, value in (("model", model), ("owner", owner), ("state", state), ("key", key)):
            if all(fit for other, fit in fits.items() if other != name):
                found[name][str(value)] += 1
    running = sum(found["state"][state] for state in Task.RUNNING)
    found["state"][RUNNING] = running
    return {
        name: {value: f"{number:,}{more}" for value, number in values.items() if number}
        for name, values in found.items()
    }


def _fits_owner(user: User, filters: Filters, owner: str) -> bool:
    wanted = user if filters.whose == "mine" else filters.owner
    return wanted is None or wanted.username == owner


def _fits_state(filters: Filters, state: str) -> bool:
    if filters.state == RUNNING:
        return state in Task.RUNNING
    return not filters.state or filters.state == state


COLUMNS = ("model", "owner__username", "state", "key")


def _rows(user: User, base: Filters) -> list[tuple[str, str, str, str]]:
    like = alike(base)
    if like is not None:
        return list(fitting(user, base, Task.objects.filter(pk__in=like)).values_list(*COLUMNS))
    if base.q and not base.is_marked:
        tasks = fitting(user, replace(base, q=""), newest(user, base, MOST))
        return list(tasks.values_list(*COLUMNS))
    if base.is_marked:
        (source,) = sources(user, base)
        columns = [f"task__{name}" for name in COLUMNS]
        return list(source.rows.order_by(f"-{source.at}").values_list(*columns)[:MOST])
    own, team = sources(user, base)
    # What is one's own and the team's is counted once.
    private = own.rows.filter(visibility=Visibility.PRIVATE).order_by("-created_at")
    rows = list(team.rows.order_by("-created_at").values_list(*COLUMNS)[:MOST])
    return (rows + list(private.values_list(*COLUMNS)[:MOST]))[:MOST]
