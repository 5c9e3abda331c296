"""The draft of the studio's form: kept while it is filled in, and found again."""

from contextlib import suppress
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from generation.catalog import MODELS
from generation.forms.composer import ComposerForm, remix
from generation.forms.draft_page import FAMILIES, DraftPage
from generation.forms.drafts import filled, first_of, kept, sent, with_subjects
from generation.library import drafts
from generation.models import Preset, Task
from generation.people import access
from generation.people.audit import opened

from .http import Request

VERSION = "X-Draft-Version"


@require_POST
def draft(request: Request, family: str) -> HttpResponse:
    """Keeps what the form says. 409 with a sentence when another page has kept something newer."""
    _require_family(family)
    page = DraftPage.of(request.POST)
    try:
        saved = drafts.save(
            request.user,
            family,
            kept(request.POST, family),
            version=page.version,
            source=_source(request, page.source),
        )
    except drafts.Outdated as newer:
        context = {"newer": newer.draft}
        response = render(request, "studio/_newer.html", context, status=409)
        response[VERSION] = str(newer.draft.version)
        return response
    except drafts.TooLong as reason:
        return HttpResponse(str(reason), status=422, content_type="text/plain")
    response = HttpResponse(status=204)
    response[VERSION] = str(saved.version)
    return response


@require_POST
def afresh(request: Request, family: str) -> HttpResponse:
    _require_family(family)
    drafts.afresh(request.user, family)
    return redirect(f"{reverse('studio')}?family={family}")


def _require_family(family: str) -> None:
    if family not in FAMILIES:
        raise Http404


def _source(request: Request, pk: UUID | None) -> Task | None:
    found = None if pk is None else access.find_task(request.user, pk)
    if found is not None:
        opened(request, found, "remixed")
    return found


def remixed(request: Request, source: Task) -> ComposerForm:
    assert source.spec is not None
    family = source.spec.category
    found = drafts.latest(request.user, family)
    if found and found.source_id == source.pk:
        return filled(found, request.user)
    form = remix(source, request.user)
    form.page = DraftPage(family, found.version if found else 0, source.pk)
    return form


def found(request: Request, preset: Preset | None = None) -> ComposerForm:
    wanted = MODELS.get(preset.model if preset else request.GET.get("model", ""))
    family = wanted.category if wanted else request.GET.get("family", "")
    draft = drafts.latest(request.user, family if family in FAMILIES else "")
    if draft is not None:
        form = filled(draft, request.user, wanted.id if wanted else "")
    else:
        form = ComposerForm(wanted or first_of(family), request.user)
    return with_subjects(form, request.GET.getlist("subjects"))


def source_of(request: Request, form: ComposerForm) -> Task | None:
    return _source(request, form.page.source)


def keep_sent(request: Request, form: ComposerForm) -> None:
    family = form.page.family
    if not family or family != form.spec.category:
        return
    try:
        source = _source(request, form.page.source)
        saved = drafts.save(request.user, family, sent(form), version=None, source=source)
    except drafts.TooLong:
        return
    form.page = DraftPage(family, saved.version, form.page.source)


def switched(request: Request, form: ComposerForm) -> ComposerForm:
    """The draft of the family that was changed to; what was in the form is kept for its own.

    Where there is none, the form takes along what fits.
    """
    page, family = form.page, form.spec.category
    if not page.family or page.family == family:
        return form
    _leave(request, page)
    draft = drafts.latest(request.user, family)
    if draft is not None:
        return filled(draft, request.user, form.spec.id)
    form.page = DraftPage(family)
    return form


def _leave(request: Request, page: DraftPage) -> None:
    """Keeps what was in the form of `page`; its model is no longer in the form."""
    fields = kept(request.POST, page.family)
    if before := drafts.latest(request.user, page.family):
        fields |= {name: texts for name, texts in before.fields.items() if name == "model"}
    source = _source(request, page.source)
    with suppress(drafts.Outdated, drafts.TooLong):
        drafts.save(request.user, page.family, fields, version=page.version, source=source)
