"""Notification rules, their templates, subscribers and contacts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from unfold.decorators import display

from piwebapi.models import (
    NotificationContactTemplate,
    NotificationRule,
    NotificationRuleSubscriber,
    NotificationRuleTemplate,
)
from piwebapi.resources.notifications import CONTACT, RULE, RULE_TEMPLATE, SUBSCRIBER
from piwebapi.services import notifications as services
from piwebapi.services import objects

from .base import HEAD, section
from .writing import ServiceAdmin, Writing

CRITERIA = (
    *("criteria", "multi_trigger_event_option", "nonrepetition_interval", "resend_interval"),
    "category_names",
)
RETRIES = ("escalation_timeout", "retry_interval", "maximum_retries")


class NotificationAdmin(ServiceAdmin):
    search_fields = ("name",)
    ordering = ("name_key", "pk")
    readonly_fields = (*HEAD, "contents")


@admin.register(NotificationContactTemplate)
class ContactAdmin(NotificationAdmin):
    resource = CONTACT
    writing = Writing(services.create_contact, services.update_contact, homes=("server",), once=("server", "parent"))
    relations = ("server", "parent")
    list_display = ("name", "contact_type", "plug_in", "parent", "available", "server")
    autocomplete_fields = ("server",)
    inside = (("contacts", "piwebapi.notificationcontacttemplate", "parent"),)
    add_fieldsets = (
        section("Contact", "server", "name", "description", "contact_type", "plug_in", "config_string", "available"),
    )
    fieldsets = (
        section("Contact", "name", "description", "contact_type", "plug_in", "config_string", "available", "contents"),
        section("Escalation", *RETRIES, "minimum_acknowledgements", "notify_when_instance_ended", folded=True),
        section("Identity", "server", "parent", *HEAD, folded=True),
    )


@admin.register(NotificationRuleTemplate)
class RuleTemplateAdmin(NotificationAdmin):
    resource = RULE_TEMPLATE
    writing = Writing(services.create_template, objects.update, homes=("element_template",), once=("element_template",))
    relations = ("element_template__database__server",)
    list_display = ("name", "element_template", "criteria")
    autocomplete_fields = ("element_template",)
    inside = (
        ("rules", "piwebapi.notificationrule", "template"),
        ("subscribers", "piwebapi.notificationrulesubscriber", "template"),
    )
    add_fieldsets = (section("Notification rule template", "element_template", "name", "description", *CRITERIA),)
    fieldsets = (
        section("Notification rule template", "name", "description", *CRITERIA, "contents"),
        section("Identity", "element_template", *HEAD, folded=True),
    )


@admin.register(NotificationRule)
class RuleAdmin(NotificationAdmin):
    """Rules are kept for the programs that manage them; nothing here sends messages."""

    resource = RULE
    writing = Writing(services.create_rule, services.update_rule, homes=("element",), once=("element",))
    relations = ("element__database__server", "template")
    list_display = ("name", "element_path", "template", "criteria")
    autocomplete_fields = ("element", "template")
    inside = (("subscribers", "piwebapi.notificationrulesubscriber", "rule"),)
    add_fieldsets = (section("Notification rule", "element", "name", "description", "template", *CRITERIA),)
    fieldsets = (
        section("Notification rule", "name", "description", "template", *CRITERIA, "contents"),
        section("Identity", "element", *HEAD, folded=True),
    )

    @display(description="Element", ordering="element__path_key")
    def element_path(self, rule: NotificationRule) -> str:
        return rule.element.path


def subscribe(home: Any, *, now: int, contact: str, **values: Any) -> NotificationRuleSubscriber:
    return services.subscribe(home, now=now, contact_name=contact, **values)


@admin.register(NotificationRuleSubscriber)
class SubscriberAdmin(NotificationAdmin):
    """Named after its contact."""

    resource = SUBSCRIBER
    writing = Writing(
        subscribe, services.update_subscriber, homes=("rule", "template"), once=("rule", "template", "contact")
    )
    relations = ("rule__element__database__server", "template__element_template__database__server", "contact")
    list_display = ("name", "owner_name", "notify_option", *RETRIES)
    autocomplete_fields = ("rule", "template", "contact")
    readonly_fields = ("name", "parent", *HEAD)
    add_fieldsets = (section("Subscriber", "rule", "template", "contact", "notify_option", "config_string", *RETRIES),)
    fieldsets = (
        section("Subscriber", "name", "notify_option", "config_string", *RETRIES),
        section("Identity", "rule", "template", "contact", "parent", *HEAD, folded=True),
    )

    @display(description="Of")
    def owner_name(self, subscriber: NotificationRuleSubscriber) -> str:
        return str(subscriber.owner)
