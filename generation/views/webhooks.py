"""Webhooks: channels of the team that hear what becomes of its tasks. For admins."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.webhooks import WebhookForm
from generation.models import Webhook, WebhookMessage
from generation.people import access
from generation.people.audit import audit
from generation.people.team_news import newest, try_out
from generation.presenters.webhooks import SHOWN, shown

from .http import Request, posted


@require_http_methods(["GET", "POST"])
def webhooks(request: Request) -> HttpResponse:
    access.require_admin(request.user)
    data, _ = posted(request)
    form = WebhookForm(data)
    if request.method == "POST" and form.is_valid():
        hook = form.save(request.user)
        audit(request, "webhook.added", f"{hook}, to {hook.webhook_host}")
        messages.success(request, "The webhook is set. Test it once.")
        return redirect("webhooks")
    latest = WebhookMessage.objects.order_by("-id").prefetch_related("deliveries")
    found = Webhook.objects.prefetch_related(Prefetch("messages", latest[:SHOWN], to_attr="latest"))
    context = {"nav": "team", "form": form, "webhooks": shown(found)}
    return render(request, "team/webhooks.html", context, status=422 if form.errors else 200)


@require_POST
def active(request: Request, pk: UUID) -> HttpResponse:
    """Switched on again it tells of what happens from now on."""
    hook = access.get_webhook(request.user, pk)
    on = request.POST.get("active", "off" if hook.active else "on") == "on"
    if on != hook.active:
        hook.active, hook.seen = on, newest()
        hook.save(update_fields=["active", "seen"])
        word = "on" if on else "off"
        audit(request, f"webhook.switched-{word}", hook)
        messages.success(request, f"The webhook is switched {word}.")
    return redirect("webhooks")


@require_POST
def test(request: Request, pk: UUID) -> HttpResponse:
    hook = access.get_webhook(request.user, pk)
    try_out(hook)
    audit(request, "webhook.tested", hook)
    messages.success(request, "A test is on its way. What becomes of it stands below the webhook.")
    return redirect("webhooks")


@require_POST
def delete(request: Request, pk: UUID) -> HttpResponse:
    hook = access.get_webhook(request.user, pk)
    audit(request, "webhook.deleted", hook)
    hook.delete()
    messages.success(request, "The webhook is deleted.")
    return redirect("webhooks")
