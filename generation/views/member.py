"""One member, as admins see and change them; and where what they leave goes."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from generation.catalog.money import limit_words
from generation.forms.team import HandOverForm, MemberForm
from generation.library import leaving
from generation.models import User
from generation.money.budgets import Spender, of_members
from generation.people import members, roster
from generation.people.access import get_member, is_admin, may_reset
from generation.people.audit import audit
from generation.people.confirming import fresh_only, fresh_to_change
from generation.presenters.members import Row, handed_over, row

from .http import Request


def row_of(request: Request, shown: User, in_flight: int, spender: Spender) -> Row:
    return row(shown, members.role_of(shown).label, in_flight, spender, request.user)


@never_cache
@require_http_methods(["GET", "POST"])
@fresh_to_change
def member(request: Request, public_id: UUID) -> HttpResponse:
    shown = get_member(request.user, public_id)
    if request.method == "POST":
        form = MemberForm(request.POST)
        if form.is_valid() and _change(request, shown, form):
            # Whoever takes the role from themselves has no such page any more.
            stays = shown != request.user or is_admin(shown)
            return redirect("member", public_id) if stays else redirect("studio")
        return _member_page(request, get_member(request.user, public_id), form, status=422)
    return _member_page(request, shown, MemberForm(initial=_initial(shown)))


def _initial(shown: User) -> dict[str, Any]:
    return {
        "role": members.role_of(shown),
        "monthly_budget": shown.monthly_budget,
        "active": "1" if shown.is_active else "0",
    }


def _change(request: Request, shown: User, form: MemberForm) -> bool:
    """Does what the form says, each with its row in the audit log; False when it may not be."""
    try:
        with transaction.atomic():
            _change_each(request, shown, form)
    except (members.LastAdmin, members.MoreRights) as refusal:
        form.add_error("active" if form.cleaned_data["active"] else "role", str(refusal))
        return False
    messages.success(request, f"Saved for {shown.display_name}.")
    return True


def _change_each(request: Request, shown: User, form: MemberForm) -> None:
    given, by = form.cleaned_data, request.user
    if given["active"] and members.set_active(shown, given["active"] == "1", by):
        word = "enabled" if given["active"] == "1" else "disabled"
        audit(request, f"person.{word}", shown.username)
    if given["role"] and members.change_role(shown, given["role"], by):
        audit(request, "person.role-changed", f"{shown.username}: {given['role']}")
    if form.given("monthly_budget") and members.set_budget(shown, given["monthly_budget"]):
        said = limit_words(given["monthly_budget"])
        audit(request, "person.budget-changed", f"{shown.username}: {said}")


def _member_page(
    request: Request,
    shown: User,
    form: MemberForm,
    *,
    hand_over: HandOverForm | None = None,
    status: int = 200,
) -> HttpResponse:
    facts = roster.facts(shown)
    context = {
        "nav": "team",
        "row": row_of(request, shown, facts.in_flight, of_members([shown])[shown.pk]),
        "facts": facts,
        "left": leaving.left_by(shown),
        "form": form,
        "may_reset": may_reset(request.user, shown),
        "hand_over": hand_over or HandOverForm(colleagues=roster.colleagues(shown)),
    }
    return render(request, "team/member.html", context, status=status)


@require_POST
@fresh_only
def hand_over_work(request: Request, public_id: UUID) -> HttpResponse:
    leaver = get_member(request.user, public_id)
    form = HandOverForm(request.POST, colleagues=roster.colleagues(leaver))
    handed = None
    if form.is_valid():
        try:
            handed = leaving.hand_over_all(leaver, form.heir, request.user)
        except members.MoreRights as refusal:
            form.add_error("to", str(refusal))
        except leaving.HeirGone:
            messages.error(request, f"{form.heir.display_name} was switched off meanwhile.")
            return redirect("member", public_id)
    if handed is None:
        rights = MemberForm(initial=_initial(leaver))
        return _member_page(request, leaver, rights, hand_over=form, status=422)
    audit(request, "person.handed-over", f"{leaver.username} to {form.heir.username}")
    done, rest = handed_over(handed, form.heir)
    messages.success(request, done)
    if rest:
        messages.warning(request, rest)
    return redirect("member", public_id)
