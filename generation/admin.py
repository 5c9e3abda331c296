"""Django's admin on a site of its own: what is not registered here by name is not there.

People are managed; everything else is for looking. Each page names the columns it shows, so a
secret or token that a table gains later stays out of it.
"""

import json
from functools import wraps
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import (
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
)
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from generation.forms.budgets import BudgetField
from generation.look_only import AsOffered, LookOnly
from generation.models import ApiKey, AuditEvent, Output, Subject, Task, TaskEvent, User
from generation.people import members
from generation.people.audit import audit
from generation.people.confirming import ask_first
from generation.people.invitations import withdraw_all_of
from generation.presenters import charges


class Site(admin.AdminSite):
    """Behind the app's own login; not allowed and not found look the same."""

    site_header = site_title = "viduweb"
    index_title = "People and records"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def hidden(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            writes = request.method == "POST" and request.path != reverse("admin:logout")
            if writes and request.user.is_authenticated and (asked := ask_first(request)):
                return asked
            try:
                return inner(request, *args, **kwargs)
            except PermissionDenied:
                raise Http404 from None

        return hidden

    @method_decorator([login_not_required, never_cache])
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The app's login, so that there is one form and one limit on wrong passwords."""
        if request.user.is_authenticated:
            if self.has_permission(request):
                return redirect("admin:index")
            raise Http404
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account")


site = Site()


class PasswordState(ReadOnlyPasswordHashWidget):
    """The button to set a password, without a part of the hash beside it."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"summary": []}


class PersonForm(UserChangeForm):
    password = ReadOnlyPasswordHashField(label="Password", widget=PasswordState)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        stays = given.get("is_staff") and given.get("is_active")
        if not stays and User.objects.active_admins().filter(pk=self.instance.pk).exists():
            # The page is one transaction, so nobody comes between this and the save.
            with members.admins_change():
                try:
                    members.require_another_admin(self.instance)
                except members.LastAdmin as last:
                    raise ValidationError(str(last)) from None
        return given


@admin.register(User, site=site)
class PeopleAdmin(AsOffered, UserAdmin):
    form = PersonForm
    list_display = ["username", "email", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = (
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Rights", {"fields": ["is_active", "is_staff", "is_superuser"]}),
        ("viduweb", {"fields": ["default_visibility", "monthly_budget"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "monthly_budget":
            return BudgetField("USD; empty for none.")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are disabled, not deleted: their tasks and costs stay theirs."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Switching off and on is more than a column: sessions and keys end with it."""
        active, switched = obj.is_active, change and "is_active" in form.changed_data
        if switched:
            obj.is_active = not active
        super().save_model(request, obj, form, change)
        if switched:
            members.set_active(obj, active, cast(User, request.user))
        if change and "is_staff" in form.changed_data and not obj.is_staff:
            withdraw_all_of(obj)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        audit(request, "person.added", obj.username)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        audit(request, "person.changed", f"{obj.username}: {_changed(message)}")
        return super().log_change(request, obj, message)


def _changed(message: Any) -> str:
    parts = message if isinstance(message, list) else []
    names = [name for part in parts for name in part.get("changed", {}).get("fields", [])]
    return ", ".join(map(str, names)) or "nothing"


@admin.register(Task, site=site)
class TaskAdmin(LookOnly):
    list_display = ["id", "owner", "model", "state", "visibility", "charged", "created_at"]
    list_filter = ["state", "visibility", "created_at"]
    list_select_related = ["owner"]
    ordering = ["-created_at", "-id"]
    fields = [
        *("id", "owner", "model", "parameters", "visibility", "key_label", "again_of", "state"),
        *("reason", "error_code", "error_message", "http_status", "gateway_status", "progress"),
        *("created_at", "sent_at", "accepted_at", "generated_at", "finished_at", "deadline_at"),
        *("remote_id", "attempts", "polls", "estimate", "charged"),
    ]

    @admin.display(description="params")
    def parameters(self, task: Task) -> str:
        # A callback address is a door of the member's own, often with a token in it.
        params = {k: v for k, v in task.whole_params().items() if k != "callback_url"}
        return json.dumps(params, ensure_ascii=False, indent=1)

    @admin.display(description="charged")
    def charged(self, task: Task) -> str:
        return charges.word(task)


@admin.register(Output, site=site)
class OutputAdmin(LookOnly):
    list_display = ["id", "kind", "state", "attempts", "stored_at"]
    ordering = ["-id"]
    fields = [
        *("id", "task", "position", "kind", "state", "mime", "width", "height", "duration"),
        *("bytes", "sha256", "attempts", "last_error", "expires_at", "stored_at"),
    ]


@admin.register(TaskEvent, site=site)
class TaskEventAdmin(LookOnly):
    list_display = ["at", "task", "kind", "state", "who"]
    list_select_related = ["task", "who"]
    ordering = ["-id"]
    fields = ["at", "task", "kind", "state", "text", "detail", "who"]


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(LookOnly):
    list_display = ["label", "last_four", "owner", "active", "last_used_at"]
    list_select_related = ["owner"]
    fields = [
        *("label", "last_four", "owner", "active", "monthly_budget", "max_in_flight"),
        *("created_at", "last_used_at", "verified_at", "paused_at", "last_error"),
    ]


@admin.register(Subject, site=site)
class SubjectAdmin(LookOnly):
    list_display = ["handle", "owner", "visibility", "archived_at"]
    list_select_related = ["owner"]
    fields = [
        *("handle", "title", "notes", "voice_id", "visibility", "owner", "version"),
        *("created_at", "updated_at", "archived_at"),
    ]


@admin.register(AuditEvent, site=site)
class AuditEventAdmin(LookOnly):
    list_display = ["at", "who", "what", "target", "address"]
    list_filter = ["what"]
    list_select_related = ["who"]
    fields = ["at", "who", "what", "target", "address"]
