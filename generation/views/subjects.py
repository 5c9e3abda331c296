"""Subjects: the list with its form, and one subject."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from generation.catalog import VOICES
from generation.forms.subjects import SubjectForm
from generation.models import Subject

from .http import Request, audit


@require_http_methods(["GET", "POST"])
def subjects(request: Request) -> HttpResponse:
    form = SubjectForm(
        request.POST or None,
        request.FILES or None,
        user=request.user,
        initial={"visibility": request.user.default_visibility},
    )
    if request.method == "POST" and form.is_valid():
        subject = form.save()
        messages.success(request, f"{subject} is ready. Mention it in a prompt.")
        return redirect("subjects")
    context = {"subjects": _visible(request), "form": form, "kept": form.kept}
    return _page(request, "subjects/subjects.html", context, 422 if form.errors else 200)


def _visible(request: Request) -> Any:
    subjects = Subject.objects.visible_to(request.user).current()
    return subjects.select_related("owner").prefetch_related("images__image")


def _page(request: Request, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    context |= {"nav": "subjects", "voices": VOICES}
    return render(request, template, context, status=status)


@require_http_methods(["GET", "POST"])
def subject(request: Request, handle: str) -> HttpResponse:
    found = get_object_or_404(_visible(request), handle=handle)
    can_edit = found.owner_id == request.user.pk or request.user.is_staff
    if request.method == "POST" and not can_edit:
        raise Http404
    form = SubjectForm(
        request.POST or None, request.FILES or None, user=request.user, instance=found
    )
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"{saved} is saved. Tasks made before keep what they had.")
        return redirect(saved)
    shown = _visible(request).get(pk=found.pk)
    context = {"subject": shown, "form": form, "kept": form.kept, "can_edit": can_edit}
    return _page(request, "subjects/subject.html", context, 422 if form.errors else 200)


@require_POST
def archive(request: Request, handle: str) -> HttpResponse:
    """Takes a subject out of the library; tasks made with it keep it."""
    mine = Subject.objects.editable_by(request.user).current()
    found = get_object_or_404(mine, handle=handle)
    found.archived_at = timezone.now()
    found.save(update_fields=["archived_at"])
    audit(request, "subject.archived", found.handle)
    messages.success(request, f"{found} is archived.")
    return redirect("subjects")
