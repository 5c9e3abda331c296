"""Pictures for the next task: uploaded at once, picked again, or taken from results."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generation.catalog import MODELS, ImageLimits, get_model
from generation.forms.addresses import address_problem
from generation.forms.draft_page import FAMILIES
from generation.forms.drafts import first_of
from generation.library import drafts
from generation.library.cropping import Cut, cropped
from generation.library.recent import recent_images, recent_prompts, recent_results
from generation.library.results import image_behind, image_of
from generation.library.uploads import keep_image
from generation.media.images import BadImage, check_shape
from generation.models import Image, Output
from generation.people import access
from generation.people.audit import opened

from .http import Request

OF_SUBJECTS = get_model("viduq2_pro_fast_reference2video").parameter("subjects")


@require_http_methods(["GET", "POST"])
def uploads(request: Request) -> HttpResponse:
    """GET: what was used last. POST: one picture, shown as the form shows it; 422 says why not.

    An `address` is shown only; `url` is fetched and kept.
    """
    if request.method == "GET":
        context = {
            "images": recent_images(request.user),
            "results": recent_results(request.user),
        }
        return render(request, "studio/_recent.html", context)
    limits = _limits(request.POST.get("model", ""))
    if address := request.POST.get("address", "").strip():
        if problem := address_problem(address):
            return HttpResponse(problem, status=422, content_type="text/plain")
        return render(request, "studio/_shot_address.html", {"url": address})
    try:
        image = _given(request, limits)
    except BadImage as bad:
        return HttpResponse(str(bad), status=422, content_type="text/plain")
    already_in = access.subjects_with(request.user, image)
    shown: dict[str, object] = {"image": image, "limits": limits, "already_in": already_in}
    return render(request, "studio/_shot.html", shown)


def _limits(model: str) -> ImageLimits:
    spec = MODELS.get(model)
    parameter = spec.parameter("images") if spec and spec.has("images") else OF_SUBJECTS
    return parameter.images or ImageLimits()


def _given(request: Request, limits: ImageLimits) -> Image:
    """One that has to be cropped is kept all the same: the form says so."""
    wide = limits.at_any_ratio
    if file := request.FILES.get("images"):
        return keep_image(file, request.user, wide)
    if url := request.POST.get("url", "").strip():
        if problem := address_problem(url):
            raise BadImage(problem)
        return image_behind(url, request.user, wide)
    if output := request.POST.get("output"):
        return of_output(request, as_uuid(output), wide)
    image = access.get_image(request.user, as_uuid(request.POST.get("image", "")))
    opened(request, image, "used")
    if request.POST.get("turn") or request.POST.get("box"):
        cut = Cut.parse(request.POST.get("turn", ""), request.POST.get("box", ""))
        return cropped(image, cut, request.user, limits)
    check_shape(image.width, image.height, wide)
    return image


def as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def of_output(request: Request, pk: UUID, limits: ImageLimits) -> Image:
    output = access.get_output(request.user, pk)
    opened(request, output, "used")
    return image_of(output, request.user, limits, at=_moment(request, output))


def _moment(request: Request, output: Output) -> float:
    """Seconds into the video, within it."""
    try:
        at = float(request.POST.get("at") or 0)
    except ValueError:
        raise BadImage("Say the moment in seconds, such as 2.5.") from None
    if not 0 <= at <= (output.duration or 0) + 1:
        raise BadImage(f"The video has {output.duration or 0:g} seconds.")
    return at


@require_POST
def use_output(request: Request, pk: UUID) -> HttpResponse:
    family = request.POST.get("family", "img2video")
    if family not in FAMILIES:
        raise Http404
    parameter = first_of(family).parameter("images")
    try:
        image = of_output(request, pk, (parameter.images or ImageLimits()).at_any_ratio)
    except BadImage as bad:
        messages.error(request, str(bad))
        return redirect(access.get_output(request.user, pk).task)
    drafts.add_image(request.user, family, first_of(family).id, image, most=parameter.maximum or 1)
    messages.success(request, "It is in the form.")
    return redirect(f"{reverse('studio')}?family={family}&used={image.pk}")


@require_GET
def prompts(request: Request) -> HttpResponse:
    words = request.GET.get("words", "")[:200]
    context = {"prompts": recent_prompts(request.user, words), "words": words}
    return render(request, "studio/_prompts.html", context)
