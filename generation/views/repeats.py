"""Making a task once more: as it was, with another seed, or in place of one that is uncertain."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from generation.catalog.money import usd
from generation.lifecycle import actions
from generation.lifecycle.duplicates import AlreadyMade
from generation.lifecycle.enqueue import KeyNotForOwner
from generation.models import Task
from generation.money.budgets import OverBudget
from generation.money.shown_price import PriceChanged
from generation.people import access
from generation.people.audit import opened
from generation.people.storage_use import StorageFull
from generation.presenters.prices import PriceAgain
from generation.scheduling.submit_limit import TooManySubmits

from .cards import card
from .http import Request, see_made, tell_made
from .one_task import anyway, own_task, shown_card, task_for_page

NOT_MADE = (actions.CannotRepeat, KeyNotForOwner, OverBudget, StorageFull, TooManySubmits)
"""Why a repeat was not made; each says so itself."""


@require_POST
def again(request: Request, pk: UUID) -> HttpResponse:
    """A new task like this one, in its owner's name; for the owner and for admins."""
    return _repeated(request, pk, actions.try_again, anyway=anyway(request))


@require_POST
def vary(request: Request, pk: UUID) -> HttpResponse:
    return _repeated(request, pk, actions.vary)


def _repeated(
    request: Request, pk: UUID, action: Callable[..., Task], **options: bool
) -> HttpResponse:
    old = task_for_page(request, pk)
    if not access.may_repeat(request.user, old):
        raise Http404
    opened(request, old, "repeated")
    try:
        made = action(
            old, request.user, _token(request), shown_price=_shown_price(request), **options
        )
    except AlreadyMade as reason:
        return _already(request, old, reason)
    except PriceChanged as changed:
        return _other_price(request, changed)
    except NOT_MADE as reason:
        messages.error(request, str(reason))
        return render(request, "tasks/_changes.html") if request.htmx else redirect(old)
    if not request.htmx:
        return see_made(made)
    # The old card too: its next press is meant anew.
    context = {"new": [shown_card(request, made)], "changed": [card(old, request.user)]}
    return tell_made(render(request, "tasks/_changes.html", context), [made])


def _already(request: Request, old: Task, reason: AlreadyMade) -> HttpResponse:
    return _decide(
        request,
        "Made already",
        "tasks/_already_words.html",
        reason=str(reason),
        old=old,
        already=reason.task,
        shown_price=_shown_price(request),
    )


def _other_price(request: Request, changed: PriceChanged) -> HttpResponse:
    price = PriceAgain(changed.now)
    label = (
        "Make it at an unknown price"
        if price.amount is None
        else f"Make it for {usd(price.amount)}"
    )
    return _decide(
        request,
        "Another price",
        "tasks/_other_price.html",
        reason=f"{changed} Nothing was made.",
        price=price,
        label=label,
        anyway=anyway(request),
    )


def _decide(request: Request, title: str, words: str, **more: Any) -> HttpResponse:
    context = {"nav": "gallery", "title": title, "words": words, "token": uuid4(), **more}
    if request.htmx:
        return render(request, "tasks/_decide.html", context)
    return render(request, "tasks/decide.html", context, status=422)


def _shown_price(request: Request) -> str:
    return request.POST.get("shown_price", "")


@require_POST
def send_again(request: Request, pk: UUID) -> HttpResponse:
    mine = own_task(request, pk)
    try:
        made = actions.send_again(
            mine, request.user, _token(request), shown_price=_shown_price(request)
        )
    except PriceChanged as changed:
        return _other_price(request, changed)
    except NOT_MADE as reason:
        messages.error(request, str(reason))
        return redirect(mine)
    return see_made(made)


def _token(request: Request) -> UUID | None:
    """The id of the form that was pressed: sent twice, it makes one task."""
    try:
        return UUID(request.POST.get("submission", ""))
    except ValueError:
        return None
