"""Django's admin: people are managed here, the rest is for looking. Secrets never appear."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success

from generation.models import ApiKey, AuditEvent, Output, Subject, Task, TaskEvent, User

# Queue rows run any dotted path and are pickles: not for a web form.
for queue_model in (Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(queue_model):
        admin.site.unregister(queue_model)


class LookOnly(admin.ModelAdmin):
    """Shown, never changed: the app itself is the only writer."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class PeopleAdmin(UserAdmin):
    list_display = ["username", "email", "is_staff", "is_active", "last_login"]
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        ("viduweb", {"fields": ["default_visibility", "monthly_budget"]}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are disabled, not deleted: their tasks and costs stay theirs."""
        return False


@admin.register(Task)
class TaskAdmin(LookOnly):
    list_display = ["id", "owner", "model", "state", "cost", "created_at"]
    list_filter = ["state", "model"]
    date_hierarchy = "created_at"
    list_select_related = ["owner"]


@admin.register(Output)
class OutputAdmin(LookOnly):
    list_display = ["id", "kind", "state", "attempts", "last_error", "stored_at"]
    list_filter = ["state", "kind"]


@admin.register(TaskEvent)
class TaskEventAdmin(LookOnly):
    list_display = ["at", "task", "word", "text"]
    list_filter = ["word"]


@admin.register(ApiKey)
class ApiKeyAdmin(LookOnly):
    list_display = ["label", "last_four", "owner", "active", "last_used_at", "last_error"]
    exclude = ["secret"]


@admin.register(Subject)
class SubjectAdmin(LookOnly):
    list_display = ["handle", "title", "owner", "visibility", "archived_at"]


@admin.register(AuditEvent)
class AuditEventAdmin(LookOnly):
    list_display = ["at", "who", "what", "target", "address"]
    list_filter = ["what"]
