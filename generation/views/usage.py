"""Usage: who spent what on what. The tasks behind every figure are in usage_tasks.py."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from generation.catalog import MODELS
from generation.forms.usage import RangeForm
from generation.models import ApiKey, Collection, User
from generation.money import collected, listed, reports
from generation.money.amounts import micros
from generation.money.budgets import budget_of, team_limit
from generation.money.days import after, before, is_month, month_of, today
from generation.money.dearest import dearest
from generation.people import access
from generation.presenters import usage as shown
from generation.presenters import usage_chart as shown_chart
from generation.presenters import usage_sums as shown_sums
from generation.presenters import usage_table as shown_table

from .http import Request

CROSSES = (("member", "model"), ("member", "key"), ("model", "key"))
OWN = (("model", "key"), ("model", "kind"), ("subject", "model"))
SINGLE = ("member", "key", "model", "kind", "subject", "collection", "day")
LATEST, TOP = 5, 5


@require_GET
def usage(request: Request) -> HttpResponse:
    form = RangeForm(request.GET, request.user)
    form.is_valid()
    scope, now = form.scope, today()
    if scope.collection:
        # Of one collection there is a list of its tasks; figures of all are split by collection.
        return redirect(f"{reverse('usage-tasks')}?{request.GET.urlencode()}")
    earlier = before(scope.days)
    current, previous = (reports.total(replace(scope, days=days)) for days in (scope.days, earlier))
    names, keys = _names(request), key_labels(request.user)
    link = shown.Link(scope, names)
    by = form.cleaned_data.get("by") or list((CROSSES if access.is_admin(request.user) else OWN)[0])
    visible = Collection.objects.visible_to(request.user)
    by_collection = "collection" in by
    found = collected.crossed(scope, by, visible) if by_collection else reports.crossed(scope, by)
    titles = shown.titles_of(visible.select_related("owner")) if by_collection else {}
    labels = shown_table.Labels(names, keys, found, titles)
    unit = shown_chart.unit_of(scope.days)
    figures = reports.by_month(scope) if unit == "month" else reports.by_day(scope)
    context = {
        "nav": "usage",
        "form": form,
        "days": scope.days,
        "title": shown.days_words(scope.days),
        "earlier": _to(request.GET, earlier),
        "later": _to(request.GET, after(scope.days)) if scope.days.until < now else "",
        "current": current,
        "spent": _spent(request, scope, current, previous, shown.days_words(earlier)),
        "sums": shown_sums.sums(current, previous, shown.days_words(earlier), link),
        "chart": shown_chart.chart(figures, scope.days, now, link),
        "table": shown_table.table(by, found, labels, link),
        "by": by,
        "choices": _choices(request, by),
        "wasted": listed.newest(scope, "wasted", LATEST) if current["wasted"] else [],
        "all_wasted": f"{current['wasted']:,}",
        "wasted_url": link.to(only="wasted"),
        "top": dearest(scope, TOP),
        "compared": shown_table.compared(reports.compared(scope))
        if access.is_admin(request.user)
        else [],
        "tasks_url": link.to(),
        "export": f"{reverse('usage-export')}?{query_of(request.GET, scope.days)}",
        "narrowed": narrowed(request.GET, keys),
        "is_admin": access.is_admin(request.user),
    }
    return render(request, "usage/usage.html", context, status=422 if form.errors else 200)


def _names(request: Request) -> dict[int, str]:
    if access.is_admin(request.user):
        return dict(User.objects.values_list("pk", "username"))
    return {request.user.pk: request.user.username}


def key_labels(user: User) -> dict[UUID, str]:
    return dict(ApiKey.objects.named_to(user).values_list("pk", "label"))


def query_of(given: QueryDict, days: Any, **more: str) -> str:
    wanted = given.copy()
    wanted["since"], wanted["until"] = days.since.isoformat(), days.until.isoformat()
    for name, value in more.items():
        wanted[name] = value
    return wanted.urlencode()


def _to(given: QueryDict, days: Any) -> str:
    return f"?{query_of(given, days)}"


def narrowed(
    given: QueryDict, keys: dict[UUID, str], collection: Collection | None = None
) -> list[str]:
    named = {name: given.get(name, "") for name in ("member", "model", "kind", "subject")}
    if named["model"] in MODELS:
        named["model"] = MODELS[named["model"]].title
    labels = [label for key, label in keys.items() if str(key) == given.get("key")]
    titles = [collection.title] if collection else []
    return [*(value for value in named.values() if value), *labels, *titles]


def _spent(
    request: Request, scope: reports.Scope, now: reports.Sums, then: reports.Sums, then_words: str
) -> dict[str, Any]:
    this_month = scope.days == month_of(today())
    limit = None
    # A budget is for all that somebody makes, whatever the model or the key.
    whole = this_month and scope.given.keys() <= {"user"}
    if whole and not scope.member and access.is_admin(request.user):
        limit = team_limit()
    elif whole and scope.member == request.user.pk and (own := budget_of(request.user)):
        limit = own.limit
    spent, budget = now["charged"], micros(limit)
    words = {
        "amount": shown.cents(spent),
        "limit": shown.cents(budget) if limit is not None else "",
        "held": shown.cents(now["held"]) if now["held"] else "",
        "before": shown.cents(then["charged"]),
        "before_words": then_words,
        "month": is_month(scope.days),
    }
    if this_month:
        pace = shown_sums.projected(spent, today())
        words |= {"pace": shown.cents(pace), "until": scope.days.until}
        if limit is not None:
            words["left"] = shown.cents(max(0, budget - spent - now["held"]))
        if budget:
            words |= {
                "share": min(100, 100 * spent // budget),
                "used": min(100, 100 * (spent + now["held"]) // budget),
                "tick": min(100, 100 * pace // budget),
            }
    return words


def _choices(request: Request, by: list[str]) -> list[dict[str, Any]]:
    crosses = CROSSES if access.is_admin(request.user) else OWN
    single = [(name,) for name in SINGLE if name != "member" or access.is_admin(request.user)]
    found = []
    for choice in (*crosses, *single):
        wanted = request.GET.copy()
        wanted.setlist("by", list(choice))
        words = " × ".join(shown.TITLES[name] for name in choice)
        found.append({"url": f"?{wanted.urlencode()}", "words": words, "on": list(choice) == by})
    return found
