"""The team: who is in it, and who is invited. For admins; for everyone else there is nothing here."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generation.forms.team import InviteForm
from generation.models import Invitation
from generation.money.budgets import of_members
from generation.money.days import month_of, today
from generation.people import invitations, roster
from generation.people.access import get_invitation, require_admin
from generation.people.audit import audit
from generation.people.confirming import fresh_only, fresh_to_change
from generation.people.mail import send_invitation
from generation.presenters.members import expiry

from .http import Request
from .member import row_of


@never_cache
@require_GET
def team(request: Request) -> HttpResponse:
    require_admin(request.user)
    return _page(request, InviteForm())


@never_cache
@require_http_methods(["GET", "POST"])
@fresh_to_change
def invite(request: Request) -> HttpResponse:
    require_admin(request.user)
    if request.method == "GET":
        return redirect("team")
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    invitation, token = invitations.invite(request.user, **form.cleaned_data)
    audit(request, "invitation.made", f"{invitation} as {invitation.role}")
    return _with_link(request, invitation, token)


@never_cache
@require_POST
@fresh_only
def renew(request: Request, pk: UUID) -> HttpResponse:
    invitation = get_invitation(request.user, pk)
    try:
        token = invitations.renew(invitation)
    except invitations.InvitationGone:
        messages.error(request, "That invitation was accepted or withdrawn meanwhile.")
        return redirect("team")
    audit(request, "invitation.renewed", invitation)
    return _with_link(request, invitation, token)


@require_POST
def withdraw(request: Request, pk: UUID) -> HttpResponse:
    invitation = get_invitation(request.user, pk)
    if invitations.withdraw(invitation):
        audit(request, "invitation.withdrawn", invitation)
        messages.success(request, f"The invitation of {invitation} no longer works.")
    else:
        messages.error(request, "That invitation was accepted or withdrawn meanwhile.")
    return redirect("team")


def _with_link(request: Request, invitation: Invitation, token: str) -> HttpResponse:
    """Not by a redirect: the link would have to be kept somewhere until it is shown."""
    path = reverse("invitation", args=[token])
    link = (
        f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
    )
    sent = send_invitation(invitation, link)
    made = {"invitation": invitation, "link": link, "sent": sent, "words": expiry(invitation)}
    return _page(request, InviteForm(), made=made)


def _page(
    request: Request, form: InviteForm, *, made: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:100]
    found = roster.members(asked, after=request.GET.get("after", "")[:150])
    spent = of_members(found.members)
    context = {
        "nav": "team",
        "form": form,
        "made": made,
        "month": month_of(today()).since,
        "asked": asked,
        "rows": [
            row_of(request, member, found.in_flight[member.pk], spent[member.pk])
            for member in found.members
        ],
        "next_after": found.next_after,
        "invited": [(one, expiry(one)) for one in roster.invited()],
        "can_mail": bool(settings.SENDS_MAIL),
    }
    return render(request, "team/team.html", context, status=status)
