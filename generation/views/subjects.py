"""Subjects: the library, a new one, and one subject with its changes."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generation.catalog import VOICES
from generation.forms.subjects import TAKEN_NOW, RestoreForm, SubjectForm
from generation.library import subjects as library
from generation.library.subject_figures import figures
from generation.library.subject_list import SORTS, Wanted, page
from generation.lifecycle.enqueue import Input
from generation.models import Subject
from generation.people import access
from generation.people.audit import audit, opened
from generation.presenters.subjects import link, listed

from .http import Request, posted
from .subject_page import subject_page


@require_http_methods(["GET", "POST"])
def subjects(request: Request) -> HttpResponse:
    if request.method == "POST":
        return _create(request)
    return _library(request, Wanted.read(request.GET))


def _library(
    request: Request, wanted: Wanted, *, status: int = 200, refused: RestoreForm | None = None
) -> HttpResponse:
    """The page of all; `refused` is what was to be brought back and could not."""
    found = page(request.user, wanted)
    context = {
        "subjects": listed(found.subjects, request.user, figures(request.user, found.subjects)),
        "wanted": wanted,
        "more": _address(wanted, found.next) if found.next else "",
        "sorts": SORTS,
        "whose": [("all", "All"), ("team", "Team"), ("mine", "Mine"), ("archived", "Archived")],
        "refused": refused,
        "nav": "subjects",
    }
    part = "subjects/_cards.html" if wanted.after else "subjects/_list.html"
    # Going back, htmx asks for the whole page.
    alone = request.htmx and not request.htmx.history_restore_request
    template = part if alone else "subjects/subjects.html"
    return render(request, template, context, status=status)


def _address(wanted: Wanted, after: str) -> str:
    said = {"q": wanted.q, "whose": wanted.whose, "sort": wanted.sort, "after": after}
    return f"?{urlencode(said)}"


def _create(request: Request) -> HttpResponse:
    form = SubjectForm(*posted(request), user=request.user)
    if form.is_valid():
        note_use(request, form)
        try:
            made = library.create(form.content, request.user)
        except library.HandleTaken:
            form.add_error("handle", TAKEN_NOW)
        else:
            messages.success(request, f"{made} is ready. Mention it in a prompt.")
            return redirect(link(made, named=False))
    return form_page(request, "subjects/new.html", form)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """The page of a new one; with an owner, that member's subject @new, older than this page."""
    if whose(request):
        return subject(request, "new")
    if request.method == "POST":
        return _create(request)
    title = request.GET.get("title", "")[:80]
    form = SubjectForm(
        user=request.user,
        initial={
            "title": title,
            "handle": request.GET.get("handle", "")[:32],
            "kept": _images_in_address(request),
        },
    )
    return form_page(request, "subjects/new.html", form)


def _images_in_address(request: Request) -> list[Any]:
    wanted = []
    for text in request.GET.getlist("image_ids")[:3]:
        try:
            wanted.append(UUID(text))
        except ValueError:
            continue
    found = access.get_images(request.user, wanted)
    return [Input(image=found[pk]) for pk in wanted if pk in found]


def note_use(request: Request, form: SubjectForm) -> None:
    """Before they become images of a subject that others may see."""
    for given in form.kept:
        if given.image:
            opened(request, given.image, "used")


def form_page(request: Request, template: str, form: SubjectForm, **context: Any) -> HttpResponse:
    known = {"form": form, "kept": form.kept, "nav": "subjects", "voices": VOICES}
    if form.subject is not None:
        known["here"] = link(form.subject, named=True)
        known["of"] = f"?{urlencode({'of': form.subject.handle, 'owner': form.subject.owner})}"
    status = 422 if form.errors else 200
    return render(request, template, known | context, status=status)


def whose(request: Request) -> str:
    return request.GET.get("owner", "")


@require_http_methods(["GET", "POST"])
def subject(request: Request, handle: str) -> HttpResponse:
    found = access.get_subject(request.user, handle, whose(request))
    if request.method == "POST":
        return _change(request, found)
    opened(request, found)
    return subject_page(request, found)


@require_GET
def edit(request: Request, handle: str) -> HttpResponse:
    found = access.get_subject_to_edit(request.user, handle, whose(request))
    opened(request, found)
    form = SubjectForm(user=request.user, subject=found)
    return form_page(request, "subjects/edit.html", form, subject=found)


def _change(request: Request, found: Subject) -> HttpResponse:
    if not access.may_edit(request.user, found):
        raise Http404
    opened(request, found, "changed")
    form = SubjectForm(*posted(request), user=request.user, subject=found)
    if form.is_valid():
        note_use(request, form)
        try:
            saved = library.save(
                found, form.content, request.user, based_on=form.cleaned_data["based_on"]
            )
        except library.HandleTaken:
            form.add_error("handle", TAKEN_NOW)
        except library.ChangedMeanwhile as other:
            form.changed_meanwhile(str(other), other.current.number)
        else:
            messages.success(request, f"{saved} is saved. Tasks made before keep what they had.")
            return to_subject(request, saved)
    return form_page(request, "subjects/edit.html", form, subject=found)


def to_subject(request: Request, found: Subject) -> HttpResponse:
    return redirect(link(found, named=not access.is_own(request.user, found)))


@require_POST
def archive(request: Request, handle: str) -> HttpResponse:
    found = access.get_subject_to_edit(request.user, handle, whose(request))
    library.archive(found)
    audit(request, "subject.archived", found.handle)
    messages.success(request, f"{found} is archived.")
    return redirect("subjects")


@require_POST
def delete(request: Request, handle: str) -> HttpResponse:
    found = access.get_subject_to_edit(request.user, handle, whose(request))
    try:
        library.delete(found)
    except library.InUse:
        messages.error(request, f"Tasks were made with {found}: archive it instead.")
        return to_subject(request, found)
    audit(request, "subject.deleted", found.handle)
    messages.success(request, f"{found} is deleted.")
    return redirect("subjects")


@require_POST
def restore(request: Request, pk: UUID) -> HttpResponse:
    found = access.get_archived_subject(request.user, pk)
    form = RestoreForm(request.POST, user=request.user, subject=found)
    if form.is_valid():
        try:
            back = library.bring_back(found, form.cleaned_data["handle"], request.user)
        except library.HandleTaken:
            form.add_error("handle", TAKEN_NOW)
        else:
            audit(request, "subject.restored", back.handle)
            messages.success(request, f"{back} is back. Mention it in a prompt.")
            return redirect("subjects")
    return _library(request, Wanted(whose="archived"), status=422, refused=form)
