"""The admin of users, groups, schedules and of what was changed here."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import BinaryField, Field, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django_celery_beat import admin as beat
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from piwebapi.admin.base import ReadOnlyAdmin, section
from piwebapi.models import FoldedField

OURS = ("piwebapi", "streaming", "events")
SECRET = ("secret", "sealed", "token", "password", "digest")

for model in (User, Group, PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    """Staff without superuser rights give nobody more rights than they were given: they touch no superuser and no
    permissions. The hash of a password is shown to nobody."""

    form = ModelAdmin.form
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = (
        "username",
        "email",
        "first_name",
        "last_name",
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
    )
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = ("password_state", "last_login", "date_joined")
    filter_horizontal = ()
    autocomplete_fields = ("groups", "user_permissions")
    fieldsets = (
        section("User", "username", "password_state", "first_name", "last_name", "email"),
        section("Rights", "is_active", "is_staff", "is_superuser", "groups", "user_permissions"),
        section("Times", "last_login", "date_joined"),
    )

    @display(description="Password")
    def password_state(self, user: User) -> str:
        state = "Set" if user.has_usable_password() else "None: this user cannot sign in with a password"
        url = reverse("admin:auth_user_password_change", args=(user.pk,))
        return format_html('{}. <a class="content-link" href="{}">Set a new one</a>', state, url)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        rights = () if request.user.is_superuser else ("is_staff", "is_superuser", "groups", "user_permissions")
        return (*self.readonly_fields, *rights)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """One by one, so that remembered sign-ins are forgotten at once."""
        rows = queryset if request.user.is_superuser else queryset.filter(is_superuser=False)
        for user in rows:
            user.delete()


def _may_touch(request: HttpRequest, user: Any) -> bool:
    return bool(request.user.is_superuser or not getattr(user, "is_superuser", False))


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Only superusers change what a group may do."""

    filter_horizontal = ()
    autocomplete_fields = ("permissions",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(Permission)
class PermissionAdmin(ReadOnlyAdmin):
    """To choose from on the pages of users and groups."""

    relations = ("content_type",)
    list_display = ("name", "content_type", "codename")
    search_fields = ("codename",)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        return queryset.filter(codename__icontains=search_term.strip().replace(" ", "_")), False


class TaskSelect(UnfoldAdminSelectWidget, beat.TaskSelectWidget):
    """The names of the tasks, styled."""


class PeriodicTaskForm(beat.PeriodicTaskForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "task" in self.fields:
            self.fields["task"].widget = UnfoldAdminTextInputWidget()
            self.fields["regtask"].widget = TaskSelect()


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(beat.PeriodicTaskAdmin, ModelAdmin):
    """The scheduler reads these rows: a schedule that is switched off here stays off."""

    form = PeriodicTaskForm
    change_form_template = None
    date_hierarchy = None
    list_display = ("name", "task", "enabled", "interval", "crontab", "last_run_at", "total_run_count")
    list_filter = ("enabled",)


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(beat.IntervalScheduleAdmin, ModelAdmin):
    inlines = ()


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(beat.CrontabScheduleAdmin, ModelAdmin):
    inlines = ()


@admin.register(SolarSchedule)
class SolarScheduleAdmin(beat.SolarScheduleAdmin, ModelAdmin):
    inlines = ()


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(beat.ClockedScheduleAdmin, ModelAdmin):
    inlines = ()


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    relations = ("user", "content_type")
    list_display = ("action_time", "user", "content_type", "object_repr", "kind", "get_change_message")
    ordering = ("-pk",)
    actions = ()

    @display(description="What", label={"Addition": "success", "Deletion": "danger"})
    def kind(self, entry: LogEntry) -> str:
        return entry.get_action_flag_display()


def register_others() -> None:
    """A model that nobody has made a page for can at least be looked at, without what might be secret or long."""
    for model in apps.get_models():
        if model._meta.app_label in OURS and not admin.site.is_registered(model):
            shown = [field for field in model._meta.concrete_fields if _is_plain(field)]
            columns = tuple(field.name for field in shown)
            values = {"list_display": columns[:8], "fields": columns, "ordering": ("-pk",)}
            joined = {"relations": tuple(field.name for field in shown if field.is_relation)}
            admin.site.register(model, type(f"{model.__name__}Admin", (ReadOnlyAdmin,), values | joined))


def _is_plain(field: Field[Any, Any]) -> bool:
    long = isinstance(field, BinaryField | FoldedField)
    return not long and not any(word in field.name for word in SECRET)


register_others()
