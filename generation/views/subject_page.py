"""The page of one subject: what it is and was, and what was made with it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from generation.library.subject_figures import NONE, figures, figures_by_version
from generation.library.subject_results import prompts, results
from generation.library.subjects import is_used
from generation.models import Subject, SubjectProposal
from generation.people import access
from generation.presenters.subjects import history, whose

from .cards import cards
from .http import Request, number_asked

MOST_VERSIONS = 50


def subject_page(
    request: Request, subject: Subject, status: int = 200, **more: Any
) -> HttpResponse:
    user = request.user
    number, before = number_asked(request, "version"), number_asked(request, "before")
    found = results(user, subject, before=before, number=number)
    shown = {"cards": cards(found.tasks, user, found.liked), "more": found.next, "number": number}
    context = shown | {"subject": subject, "owner": whose(subject), "nav": "subjects"}
    if request.htmx and before is not None:
        return render(request, "subjects/_results.html", context)
    versions = access.subject_versions(user, subject).prefetch_related("images__image")
    proposals = SubjectProposal.objects.filter(subject=subject, state="open")
    can_edit = access.may_edit(user, subject)
    context |= {
        "figures": figures(user, [subject]).get(subject.pk, NONE),
        "history": history(versions[:MOST_VERSIONS], subject, figures_by_version(user, subject)),
        "prompts": prompts(user, subject),
        "can_edit": can_edit,
        "can_delete": can_edit and not is_used(subject),
        "can_propose": access.may_propose(user, subject),
        "proposals": proposals.select_related("by").prefetch_related("images__image")
        if can_edit
        else [],
        "proposed": SubjectProposal.objects.filter(subject=subject, by=user)[:3],
        "members": access.colleagues(subject.owner) if can_edit else [],
        "private_of_other": access.is_private_of_another(subject, user),
        **more,
    }
    return render(request, "subjects/subject.html", context, status=status)
