"""Alerts: what admins want to hear of by themselves. For admins."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generation.forms.alerts import AlertForm
from generation.models import Alert, AlertFiring
from generation.money.alerts import try_out
from generation.people import access
from generation.people.audit import audit
from generation.presenters.alerts import SHOWN, shown, title

from .http import Request, posted


@require_http_methods(["GET", "POST"])
def alerts(request: Request) -> HttpResponse:
    access.require_admin(request.user)
    data, _ = posted(request)
    form = AlertForm(data)
    if request.method == "POST" and form.is_valid():
        alert = form.save(request.user)
        audit(request, "alert.added", title(alert))
        messages.success(request, "The alert is set. Test it once.")
        return redirect("alerts")
    latest = AlertFiring.objects.order_by("-id").prefetch_related("deliveries")
    found = Alert.objects.prefetch_related(Prefetch("firings", latest[:SHOWN], to_attr="latest"))
    context = {"nav": "usage", "form": form, "alerts": shown(found)}
    return render(request, "usage/alerts.html", context, status=422 if form.errors else 200)


@require_POST
def active(request: Request, pk: UUID) -> HttpResponse:
    alert = access.get_alert(request.user, pk)
    alert.active = request.POST.get("active", "off" if alert.active else "on") == "on"
    alert.save(update_fields=["active"])
    word = "on" if alert.active else "off"
    audit(request, f"alert.switched-{word}", title(alert))
    messages.success(request, f"The alert is switched {word}.")
    return redirect("alerts")


@require_POST
def test(request: Request, pk: UUID) -> HttpResponse:
    alert = access.get_alert(request.user, pk)
    try_out(alert)
    audit(request, "alert.tested", title(alert))
    messages.success(request, "A test is on its way. What becomes of it stands below the alert.")
    return redirect("alerts")


@require_POST
def delete(request: Request, pk: UUID) -> HttpResponse:
    alert = access.get_alert(request.user, pk)
    audit(request, "alert.deleted", title(alert))
    alert.delete()
    messages.success(request, "The alert is deleted.")
    return redirect("alerts")
