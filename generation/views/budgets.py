"""Budgets: what may be spent a month, and requests to go over it. For admins."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generation.catalog.money import limit_words
from generation.forms.budgets import BudgetForm, DeclineForm
from generation.lifecycle import over_budget
from generation.models import Task, User
from generation.money.budgets import limit_team, monthly
from generation.people import access
from generation.people.audit import audit
from generation.presenters.budgets import asked

from .http import Request

SHOWN = 50


@require_http_methods(["GET", "POST"])
def budgets(request: Request) -> HttpResponse:
    access.require_admin(request.user)
    if request.method == "POST":
        return _set(request)
    return _page(request)


def _page(request: Request, status: int = 200, **more: Any) -> HttpResponse:
    waiting = Task.objects.over_budget().select_related("owner")
    waiting = waiting.order_by("created_at", "submission", "variation")
    # Whole forms: the price that stands there is that of everything which is released with it.
    forms = set(waiting.values_list("submission", flat=True)[:SHOWN])
    context = {
        "nav": "usage",
        "rows": monthly(),
        "asked": asked(waiting.filter(submission__in=forms)),
        **more,
    }
    return render(request, "usage/budgets.html", context, status=status)


def _set(request: Request) -> HttpResponse:
    form = BudgetForm(request.POST)
    scope = request.POST.get("scope", "")
    if not form.is_valid():
        errors = list(form.errors["monthly_budget"])
        place = f"{scope}-{request.POST.get('id', '')}"
        typed = request.POST.get("monthly_budget", "")
        return _page(request, 422, wrong=place, typed=typed, messages_there=errors)
    limit = form.cleaned_data["monthly_budget"]
    whose = _store(request.user, scope, request.POST.get("id", ""), limit)
    said = limit_words(limit)
    audit(request, "budget.set", f"{whose}: {said}")
    messages.success(request, f"{whose}: {said}.")
    return redirect("budgets")


def _store(user: User, scope: str, pk: str, limit: Any) -> str:
    """Whose budget it was; 404 for what there is not."""
    if scope == "team":
        limit_team(limit)
        return "The team"
    if scope == "member":
        member = access.get_member_for_budget(user, pk)
        member.monthly_budget = limit
        member.save(update_fields=["monthly_budget"])
        return member.username
    key = access.get_team_key_for_budget(user, pk)
    key.monthly_budget = limit
    key.save(update_fields=["monthly_budget"])
    return f"The key “{key.label}”"


@require_POST
def decide(request: Request, submission: UUID) -> HttpResponse:
    access.require_admin(request.user)
    if request.POST.get("action") == "release":
        done = over_budget.release(request.user, submission)
        if done:
            audit(request, "budget.released", submission)
            messages.success(request, "Released. It is in the queue now.")
    else:
        form = DeclineForm(request.POST)
        if not form.is_valid():
            typed, errors = request.POST.get("reason", ""), form.errors["reason"]
            return _page(request, 422, refused=submission, typed=typed, messages_there=errors)
        done = over_budget.decline(request.user, submission, form.cleaned_data["reason"])
        if done:
            audit(request, "budget.declined", submission)
            messages.success(request, "Declined. The member sees your reason.")
    if not done:
        messages.info(request, "It does not wait any more.")
    return redirect("budgets")
