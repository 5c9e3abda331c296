"""Subjects: the list with its form, and one subject."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from generation.catalog import VOICES
from generation.forms.subjects import RestoreForm, SubjectForm
from generation.models import Subject
from generation.models.subject import SubjectQuerySet
from generation.people import access
from generation.people.audit import audit, opened
from generation.presenters.subjects import link, listed

from .http import Request, posted


@require_http_methods(["GET", "POST"])
def subjects(request: Request) -> HttpResponse:
    form = _new(request, *posted(request))
    if request.method == "POST" and form.is_valid():
        _note_use(request, form)
        if subject := form.save_or_refuse():
            messages.success(request, f"{subject} is ready. Mention it in a prompt.")
            return redirect("subjects")
    return _library(request, form, 422 if form.errors else 200)


def _new(request: Request, *given: Any) -> SubjectForm:
    """The form of a new subject, with what was `given` to it."""
    usual = {"visibility": request.user.default_visibility}
    return SubjectForm(*given, user=request.user, initial=usual)


def _library(
    request: Request, form: SubjectForm, status: int, refused: RestoreForm | None = None
) -> HttpResponse:
    """The page of all; `refused` is what was to be brought back and could not."""
    context = {
        "subjects": listed(list(_all(request)), request.user),
        "archived": access.archived_subjects(request.user).order_by("handle", "-archived_at"),
        "refused": refused,
        "form": form,
        "kept": form.kept,
    }
    return _page(request, "subjects/subjects.html", context, status)


def _all(request: Request) -> SubjectQuerySet:
    return Subject.objects.reachable_by(request.user).current().for_pages()


def _whose(request: Request) -> str:
    """The member whose subject of a handle is meant, where the address says it."""
    return request.GET.get("owner", "")


def _note_use(request: Request, form: SubjectForm) -> None:
    """Before they become images of a subject that others may see."""
    for image in form.kept:
        opened(request, image, "used")


def _page(request: Request, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    context |= {"nav": "subjects", "voices": VOICES}
    return render(request, template, context, status=status)


@require_http_methods(["GET", "POST"])
def subject(request: Request, handle: str) -> HttpResponse:
    found = access.get_subject(request.user, handle, _whose(request))
    opened(request, found)
    can_edit = access.may_edit(request.user, found)
    if request.method == "POST" and not can_edit:
        raise Http404
    form = SubjectForm(*posted(request), user=request.user, instance=found)
    if request.method == "POST" and form.is_valid():
        _note_use(request, form)
        if saved := form.save_or_refuse():
            messages.success(request, f"{saved} is saved. Tasks made before keep what they had.")
            return redirect(link(saved, named=not access.is_own(request.user, saved)))
    # Afresh: the form has put into the other what was typed.
    shown = access.get_subject(request.user, handle, _whose(request))
    context = {"subject": shown, "form": form, "kept": form.kept, "can_edit": can_edit}
    context["private_of_other"] = access.is_private_of_another(shown, request.user)
    return _page(request, "subjects/subject.html", context, 422 if form.errors else 200)


@require_POST
def archive(request: Request, handle: str) -> HttpResponse:
    """Takes a subject out of the library; tasks made with it keep it."""
    found = access.get_subject_to_edit(request.user, handle, _whose(request))
    found.archived_at = timezone.now()
    found.save(update_fields=["archived_at"])
    audit(request, "subject.archived", found.handle)
    messages.success(request, f"{found} is archived.")
    return redirect("subjects")


@require_POST
def restore(request: Request, pk: UUID) -> HttpResponse:
    """Takes an archived subject back, under the handle that was posted."""
    found = access.get_archived_subject(request.user, pk)
    form = RestoreForm(request.POST, instance=found, user=request.user)
    if not (form.is_valid() and form.restore_or_refuse()):
        return _library(request, _new(request), 422, refused=form)
    audit(request, "subject.restored", found.handle)
    messages.success(request, f"{found} is back. Mention it in a prompt.")
    return redirect("subjects")
