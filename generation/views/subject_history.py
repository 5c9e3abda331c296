"""What people do with a subject's versions, and with subjects of others."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.subjects import AnswerForm, ProposalForm
from generation.library import proposals
from generation.library import subjects as library
from generation.models import SubjectProposal
from generation.people import access
from generation.people.audit import audit, opened
from generation.presenters.subjects import link

from .http import Request, posted
from .subject_page import subject_page
from .subjects import form_page, note_use, to_subject, whose


@require_POST
def restore_version(request: Request, handle: str) -> HttpResponse:
    found = access.get_subject_to_edit(request.user, handle, whose(request))
    number = request.POST.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Http404
    version = access.get_version(request.user, found, int(number))
    opened(request, found, "changed")
    saved = library.restore_version(found, version, request.user)
    messages.success(request, f"{saved} is as version {number} was.")
    return to_subject(request, saved)


@require_POST
def copy(request: Request, handle: str) -> HttpResponse:
    found = access.get_subject(request.user, handle, whose(request))
    opened(request, found, "copied")
    mine = library.copy(found, request.user)
    messages.success(request, f"{mine} is a copy that only you see. Change it as you like.")
    return redirect("subject-edit", mine.handle)


@require_http_methods(["GET", "POST"])
def propose(request: Request, handle: str) -> HttpResponse:
    try:
        found = access.get_subject_to_propose(request.user, handle, whose(request))
    except Http404:
        found = access.get_archived_of_team(request.user, handle, whose(request))
        if request.method == "GET":
            messages.error(request, str(proposals.Archived(found)))
            return redirect("subjects")
    form = ProposalForm(*posted(request), user=request.user, subject=found)
    if request.method == "POST" and form.is_valid():
        note_use(request, form)
        try:
            proposals.propose(found, form.content, request.user, form.cleaned_data["note"])
        except (proposals.Archived, proposals.TooManyOpen) as reason:
            form.add_error(None, str(reason))
        else:
            messages.success(request, f"{found.owner.username} sees what you propose for {found}.")
            return to_subject(request, found)
    return form_page(request, "subjects/propose.html", form, subject=found)


@require_POST
def answer(request: Request, pk: UUID) -> HttpResponse:
    proposal = access.get_proposal(request.user, pk)
    form = AnswerForm(request.POST)
    accepts = {"accept": True, "decline": False}.get(request.POST.get("verdict", ""))
    if accepts is None or not form.is_valid():
        return _unanswered(request, proposal)
    note = form.cleaned_data["answer"]
    try:
        if accepts:
            proposals.accept(proposal, request.user, note)
        else:
            proposals.decline(proposal, request.user, note)
    except proposals.Answered:
        messages.error(request, "It has been answered already.")
    except proposals.Archived:
        messages.error(request, f"{proposal.subject} is archived. Bring it back before you accept.")
    except library.ChangedMeanwhile as other:
        messages.error(request, f"{other} It was proposed for what was there before. Decline it.")
    else:
        verdict = "accepted" if accepts else "declined"
        messages.success(request, f"{verdict.capitalize()}: the change of {proposal.by.username}.")
    archived = proposal.subject.archived_at is not None
    return redirect("subjects") if archived else to_subject(request, proposal.subject)


def _unanswered(request: Request, proposal: SubjectProposal) -> HttpResponse:
    """The subject's page once more, with what was typed; an archived subject has none."""
    problem = "Accept it or decline it, with a note of at most 500 characters."
    if proposal.subject.archived_at is not None:
        messages.error(request, problem)
        return redirect("subjects")
    typed = request.POST.get("answer", "")
    more = {"unanswered": proposal.pk, "typed": typed, "problem": problem}
    return subject_page(request, proposal.subject, 422, **more)


@require_POST
def hand_over(request: Request, handle: str) -> HttpResponse:
    found = access.get_subject_to_edit(request.user, handle, whose(request))
    to = access.get_colleague(request.POST.get("to", ""))
    opened(request, found, "changed")
    given = library.hand_over(found, to, request.user)
    audit(request, "subject.handed-over", f"{found.handle} to {to.username}")
    seen = access.may_see_subject(request.user, given)
    # A new handle tells of another subject that has the old one: theirs, perhaps private.
    messages.success(request, f"{given if seen else found} belongs to {to.username} now.")
    return redirect(link(given, named=True)) if seen else redirect("subjects")
