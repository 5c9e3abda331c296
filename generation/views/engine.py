"""The engine page: for admins, how the workers are doing and what needs a person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from generation.models import ApiKey, Task
from generation.models.task import TaskQuerySet
from generation.monitoring import names, sharing
from generation.monitoring.invariants import Broken, broken
from generation.monitoring.metrics import collect_metrics
from generation.people.access import require_admin
from generation.presenters.engine import Case, case, figures_in_words

from .http import Request

SHOWN = 50
CHECKED_FOR = 30
"""Seconds a check of the invariants is good for: it takes a quarter second, and the page asks often."""


@never_cache
@require_GET
def engine(request: Request) -> HttpResponse:
    require_admin(request.user)
    figures, cases = collect_metrics(), _cases(request)
    findings, checked_at = _checked()
    context = {
        "nav": "engine",
        "apart": sharing.unhealthy_reason(),
        "twins": names.unhealthy_reason(),
        "cases": cases,
        "cases_in_all": len(cases) if len(cases) < SHOWN else _to_decide().count(),
        "held": _held(request) if figures.held else [],
        "cases_shown": SHOWN,
        "over_budget": Task.objects.over_budget().count(),
        "findings": findings[:SHOWN],
        "findings_in_all": len(findings),
        "checked_at": checked_at,
        **figures_in_words(figures, _last_errors()),
    }
    return render(request, "engine/engine.html", context)


def _checked() -> tuple[list[Broken], datetime]:
    kept = cache.get("engine:checked")
    if kept is None:
        kept = _as_json(broken(), timezone.now())
        cache.set("engine:checked", kept, CHECKED_FOR)
    return [
        Broken(UUID(task), name, sentence) for task, name, sentence in kept["broken"]
    ], datetime.fromisoformat(kept["at"])


def _as_json(found: list[Broken], at: datetime) -> dict[str, Any]:
    rows = [[str(one.task_id), one.name, one.sentence] for one in found]
    return {"broken": rows, "at": at.isoformat()}


def _cases(request: Request) -> list[Case]:
    tasks = _to_decide().select_related("owner").prefetch_related("outputs")
    found = [case(task, request.user) for task in tasks.order_by("created_at")[:SHOWN]]
    return sorted(found, key=lambda one: (one.until is None, one.until or one.task.created_at))


def _to_decide() -> TaskQuerySet:
    return Task.objects.for_admins().exclude(state=Task.State.QUEUED)


def _held(request: Request) -> list[Case]:
    tasks = Task.objects.held().select_related("owner").prefetch_related("outputs")
    return [case(task, request.user) for task in tasks.order_by("held_since", "created_at")[:SHOWN]]


def _last_errors() -> dict[str, str]:
    spoken = ApiKey.objects.filter(active=True).exclude(last_error="")
    return dict(spoken.values_list("label", "last_error"))
