"""What a worker does for a member with all that matches, and how far it has come."""

from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRedirect

from generation.forms.remarks import ReviewForm, TagForm
from generation.gallery import bulk_jobs
from generation.gallery.filters import Filters
from generation.gallery.reading import read
from generation.gallery.selection import Refused
from generation.models import BulkJob, Visibility
from generation.people import access

from .http import Request


def filters_of(request: Request) -> Filters:
    """Those of the gallery from which everything was selected."""
    address = QueryDict(request.POST.get("query", "")).dict()
    return read(request.user, {name: str(value) for name, value in address.items()})


def begin(request: Request, action: str, filters: Filters) -> HttpResponse:
    """Raises Refused for what no worker does."""
    wished = set(BulkJob.Action.values) - {BulkJob.Action.RESTORE}
    if action not in wished:
        raise Refused("Choose what to do with them.")
    return lead_to(request, bulk_jobs.start(request.user, action, _value(request, action), filters))


def _value(request: Request, action: str) -> str:
    match action:
        case BulkJob.Action.VISIBILITY:
            value = request.POST.get("visibility", "")
            if value and value not in Visibility.values:
                raise Refused("Choose what to do with them.")
            return value
        case BulkJob.Action.TAG | BulkJob.Action.UNTAG:
            return ",".join(tags_of(request))
        case BulkJob.Action.REVIEW:
            return verdict_of(request)
    return ""


def tags_of(request: Request) -> list[str]:
    form = TagForm(request.POST)
    if not form.is_valid():
        raise Refused(form.errors["tag"][0])
    names: list[str] = form.cleaned_data["tag"]
    return names


def verdict_of(request: Request) -> str:
    form = ReviewForm(request.POST)
    if not form.is_valid():
        raise Refused(form.errors["verdict"][0])
    return str(form.cleaned_data["verdict"])


def lead_to(request: Request, job: BulkJob) -> HttpResponse:
    return HttpResponseClientRedirect(_address(job)) if request.htmx else redirect(_address(job))


def _address(job: BulkJob) -> str:
    return reverse("bulk-job", args=[job.pk])


@require_GET
def bulk_job(request: Request, pk: UUID) -> HttpResponse:
    job = access.get_bulk_job(request.user, pk)
    undo = job.pressed_at.isoformat() if job.action == BulkJob.Action.TRASH and job.done else ""
    context = {"nav": "gallery", "job": job, "undo": undo}
    return render(request, "keep/bulk.html", context)
