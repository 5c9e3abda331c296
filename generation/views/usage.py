"""Usage: who spent what on what, and the tasks behind every figure."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from generation.catalog import MODELS
from generation.forms.usage import RangeForm, SettleForm
from generation.gallery.places import cursor_of, position_of
from generation.lifecycle import settling
from generation.models import ApiKey, User
from generation.money import listed, reports
from generation.money.amounts import micros
from generation.money.budgets import budget_of, team_limit
from generation.money.days import after, before, is_month, month_of, today
from generation.money.dearest import dearest
from generation.people import access
from generation.people.audit import audit
from generation.presenters import usage as shown
from generation.presenters import usage_chart as shown_chart

from .http import Request

CROSSES = (("member", "model"), ("member", "key"), ("model", "key"))
OWN = (("model", "key"), ("model", "kind"), ("subject", "model"))
SINGLE = ("member", "key", "model", "kind", "subject", "day")
LATEST, TOP, PAGE = 5, 5, 100


@require_GET
def usage(request: Request) -> HttpResponse:
    form = RangeForm(request.GET, request.user)
    form.is_valid()
    scope, now = form.scope, today()
    earlier = before(scope.days)
    current, previous = (reports.total(replace(scope, days=days)) for days in (scope.days, earlier))
    names, keys = _names(request), _keys()
    link = shown.Link(scope, names)
    by = form.cleaned_data.get("by") or list((CROSSES if access.is_admin(request.user) else OWN)[0])
    found = reports.crossed(scope, by)
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
        "sums": shown.sums(current, previous, shown.days_words(earlier), link),
        "chart": shown_chart.chart(figures, scope.days, now, link),
        "table": shown.table(by, found, shown.Labels(names, keys, found), link),
        "by": by,
        "choices": _choices(request, by),
        "wasted": listed.newest(scope, "wasted", LATEST) if current["wasted"] else [],
        "all_wasted": f"{current['wasted']:,}",
        "wasted_url": link.to(only="wasted"),
        "top": dearest(scope, TOP),
        "compared": shown.compared(reports.compared(scope))
        if access.is_admin(request.user)
        else [],
        "tasks_url": link.to(),
        "export": f"{reverse('usage-export')}?{_query(request.GET, scope.days)}",
        "narrowed": _narrowed(request.GET, keys),
        "is_admin": access.is_admin(request.user),
    }
    return render(request, "usage/usage.html", context, status=422 if form.errors else 200)


def _names(request: Request) -> dict[int, str]:
    if access.is_admin(request.user):
        return dict(User.objects.values_list("pk", "username"))
    return {request.user.pk: request.user.username}


def _keys() -> dict[UUID, str]:
    return dict(ApiKey.objects.values_list("pk", "label"))


def _query(given: QueryDict, days: Any, **more: str) -> str:
    wanted = given.copy()
    wanted["since"], wanted["until"] = days.since.isoformat(), days.until.isoformat()
    for name, value in more.items():
        wanted[name] = value
    return wanted.urlencode()


def _to(given: QueryDict, days: Any) -> str:
    return f"?{_query(given, days)}"


def _narrowed(given: QueryDict, keys: dict[UUID, str]) -> list[str]:
    named = {name: given.get(name, "") for name in ("member", "model", "kind", "subject")}
    if named["model"] in MODELS:
        named["model"] = MODELS[named["model"]].title
    labels = [label for key, label in keys.items() if str(key) == given.get("key")]
    return [*(value for value in named.values() if value), *labels]


def _spent(
    request: Request, scope: reports.Scope, now: reports.Sums, then: reports.Sums, then_words: str
) -> dict[str, Any]:
    this_month = scope.days == month_of(today())
    limit = None
    if this_month and not scope.member and access.is_admin(request.user):
        limit = team_limit()
    elif this_month and scope.member == request.user.pk and (own := budget_of(request.user)):
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
        pace = shown.projected(spent, today())
        words |= {"pace": shown.cents(pace), "until": scope.days.until}
        if budget:
            words |= {
                "share": min(100, 100 * spent // budget),
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


ONLY = {
    "": "All tasks",
    "charged": "Charged",
    "completed": "Completed",
    "failed": "Failed",
    "lost": "Lost",
    "canceled": "Canceled",
    "wasted": "Failed but charged",
    "open": "Cost not known",
    "running": "Running",
}


@require_GET
def tasks(request: Request) -> HttpResponse:
    return _tasks(request)


def _tasks(request: Request, status: int = 200, **more: Any) -> HttpResponse:
    form = RangeForm(request.GET, request.user)
    form.is_valid()
    scope = form.scope
    only = request.GET.get("only", "")
    if only not in ONLY:
        raise BadRequest("There is no such list of tasks.")
    before = position_of(request.GET.get("before", ""))
    page = listed.newest(scope, only, PAGE + 1, before)
    older = request.GET.copy()
    if len(page) > PAGE:
        older["before"] = cursor_of(page[PAGE - 1].created_at, page[PAGE - 1].pk)
    context = {
        "nav": "usage",
        "form": form,
        "tasks": page[:PAGE],
        "title": ONLY[only],
        "names_ids": only in ("wasted", "open"),
        "when": shown.days_words(scope.days),
        "narrowed": _narrowed(request.GET, _keys()),
        "older": f"?{older.urlencode()}" if len(page) > PAGE else "",
        "export": f"{reverse('usage-export')}?{_query(request.GET, scope.days)}",
        "may_settle": access.is_admin(request.user) and only == "open",
        "query": request.GET.urlencode(),
        **more,
    }
    status = 422 if form.errors else status
    return render(request, "usage/tasks.html", context, status=status)


@require_POST
def settle(request: Request, pk: UUID) -> HttpResponse:
    access.require_admin(request.user)
    task = access.get_task(request.user, pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _tasks(request, 422, wrong=task.pk, problems=form.errors, typed=request.POST)
    try:
        settling.settle(
            task, request.user, form.cleaned_data["amount"], form.cleaned_data["reason"]
        )
    except settling.CannotSettle as reason:
        messages.error(request, str(reason))
    else:
        audit(request, "task.settled", pk)
        messages.success(request, "Settled. The ledger has a line more.")
    wanted = request.GET.urlencode()
    return redirect(f"{reverse('usage-tasks')}?{wanted}" if wanted else task.get_absolute_url())
