"""Subjects as one file, out and in."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from generation.forms.subject_import import BadFile, import_subjects
from generation.forms.subjects import SubjectForm
from generation.library.subject_files import export
from generation.people import access
from generation.people.audit import opened

from .http import Request
from .subjects import form_page, to_subject, whose


@require_GET
def export_file(request: Request, handle: str) -> HttpResponseBase:
    found = access.get_subject(request.user, handle, whose(request))
    opened(request, found, "downloaded")
    name = f"{found.handle}.subjects.zip"
    return FileResponse(
        export([found]), as_attachment=True, filename=name, content_type="application/zip"
    )


@require_POST
def import_file(request: Request) -> HttpResponse:
    file = request.FILES.get("file")
    try:
        if file is None:
            raise BadFile("Choose the file of subjects.")
        done = import_subjects(file, request.user)
    except BadFile as bad:
        return _refused(request, [str(bad)])
    for line in done.renamed:
        messages.info(request, line)
    if done.made:
        handles = ", ".join(str(subject) for subject in done.made[:7])
        messages.success(request, f"{len(done.made)} imported: {handles}.")
    if done.problems or not done.made:
        return _refused(request, done.problems or ["There is no subject in this file."])
    return to_subject(request, done.made[0]) if len(done.made) == 1 else redirect("subjects")


def _refused(request: Request, problems: list[str]) -> HttpResponse:
    form = SubjectForm(user=request.user)
    page = form_page(request, "subjects/new.html", form, import_problems=problems)
    page.status_code = 422
    return page
