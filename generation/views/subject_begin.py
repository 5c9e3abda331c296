"""Ways to a new subject that begin with pictures, and the check of a handle while it is typed."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from generation.catalog import ImageLimits
from generation.forms.chosen import keep_uploads
from generation.forms.subjects import LIMITS, MAX_IMAGES
from generation.library.handles import as_handle, bare, free_handle, taken
from generation.media.images import BadImage
from generation.models import Visibility
from generation.people import access

from .http import Request
from .uploads import as_uuid, of_output


@require_POST
def begin(request: Request) -> HttpResponse:
    files = request.FILES.getlist("images")
    images, problems = keep_uploads(files[:MAX_IMAGES], request.user, LIMITS)
    if output := request.POST.get("output"):
        try:
            images.append(
                of_output(request, as_uuid(output), (LIMITS.images or ImageLimits()).at_any_ratio)
            )
        except BadImage as bad:
            problems.append(str(bad))
    if len(files) > MAX_IMAGES:
        problems.append(f"A subject has up to {MAX_IMAGES} images: the first are taken.")
    for problem in problems:
        messages.error(request, problem)
    query = urlencode({"image_ids": [image.pk for image in images]}, doseq=True)
    return redirect(f"{reverse('subject-new')}?{query}" if images else reverse("subject-new"))


@require_GET
def check_handle(request: Request) -> HttpResponse:
    """Whether the handle is free, and which one suits the title, while somebody types.

    It says of subjects what their list says: nothing of private ones of others.
    """
    title, given = request.GET.get("title", ""), bare(request.GET.get("handle", ""))
    private = request.GET.get("visibility") == Visibility.PRIVATE
    visibility = Visibility.PRIVATE if private else Visibility.TEAM
    subject = None
    owner = request.user
    if of := request.GET.get("of", ""):
        subject = access.get_subject_to_edit(request.user, of, request.GET.get("owner", ""))
        owner = subject.owner
    wish = given or as_handle(title)
    problem = taken(wish, visibility, owner, request.user, but=subject) if wish else ""
    free = free_handle(wish, visibility, owner, but=subject) if wish else ""
    context = {"problem": problem, "free": free, "given": given}
    return render(request, "subjects/_handle.html", context)
