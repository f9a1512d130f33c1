"""Who would be told of what: notification rules, their templates and subscribers, and contacts.

They are kept for the programs that manage them; nothing here sends messages.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import Q

from .base import Named
from .elements import Element
from .servers import AssetServer
from .templates import ElementTemplate


class NotificationContactTemplate(Named):
    """`parent`: the group or escalation team that a contact belongs to."""

    KIND = "NotificationContactTemplate"

    server = models.ForeignKey(AssetServer, models.CASCADE, related_name="contacts")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    plug_in = models.CharField(max_length=100, blank=True, default="")
    config_string = models.TextField(blank=True, default="")
    contact_type = models.CharField(max_length=50, default="Individual")
    available = models.BooleanField(default=True)
    escalation_timeout = models.CharField(max_length=50, default="PT0S")
    retry_interval = models.CharField(max_length=50, default="PT0S")
    maximum_retries = models.IntegerField(default=0)
    minimum_acknowledgements = models.IntegerField(default=0)
    notify_when_instance_ended = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint("server", "name_key", name="notification_contact_name")]

    @property
    def full_path(self) -> str:
        return f"{self.server.full_path}\\NotificationContactTemplates[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.server_id


class NotificationFields(Named):
    criteria = models.TextField(blank=True, default="")
    multi_trigger_event_option = models.CharField(max_length=50, default="None")
    nonrepetition_interval = models.CharField(max_length=50, default="PT0S")
    resend_interval = models.CharField(max_length=50, default="PT0S")
    #: the contract has no categories of notification rules, only their names
    category_names = models.JSONField(default=list, blank=True)

    class Meta:
        abstract = True


class NotificationRuleTemplate(NotificationFields):
    KIND = "NotificationRuleTemplate"

    element_template = models.ForeignKey(ElementTemplate, models.CASCADE, related_name="notification_rule_templates")

    class Meta:
        constraints = [models.UniqueConstraint("element_template", "name_key", name="notification_rule_template_name")]

    @property
    def full_path(self) -> str:
        return f"{self.element_template.full_path}\\NotificationRuleTemplates[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.element_template.server_guid


class NotificationRule(NotificationFields):
    KIND = "NotificationRule"

    element = models.ForeignKey(Element, models.CASCADE, related_name="notification_rules")
    template = models.ForeignKey(NotificationRuleTemplate, models.SET_NULL, null=True, blank=True, related_name="rules")

    class Meta:
        constraints = [models.UniqueConstraint("element", "name_key", name="notification_rule_name")]

    @property
    def full_path(self) -> str:
        return f"{self.element.full_path}\\NotificationRules[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.element.server_guid


class NotificationRuleSubscriber(Named):
    """A contact that a rule (or a rule template) tells; it is named after the contact."""

    KIND = "NotificationRuleSubscriber"

    rule = models.ForeignKey(NotificationRule, models.CASCADE, null=True, blank=True, related_name="subscribers")
    template = models.ForeignKey(
        NotificationRuleTemplate, models.CASCADE, null=True, blank=True, related_name="subscribers"
    )
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    contact = models.ForeignKey(NotificationContactTemplate, models.CASCADE, related_name="subscriptions")
    config_string = models.TextField(blank=True, default="")
    escalation_timeout = models.CharField(max_length=50, default="PT0S")
    retry_interval = models.CharField(max_length=50, default="PT0S")
    maximum_retries = models.IntegerField(default=0)
    notify_option = models.CharField(max_length=50, default="EventStart")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "contact"], condition=Q(parent=None), name="notification_rule_subscriber"
            ),
            models.UniqueConstraint(
                fields=["template", "contact"], condition=Q(parent=None), name="notification_template_subscriber"
            ),
        ]

    @property
    def owner(self) -> NotificationRule | NotificationRuleTemplate:
        return self.rule or self.template

    @property
    def full_path(self) -> str:
        return f"{self.owner.full_path}\\NotificationRuleSubscribers[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.owner.server_guid

    @property
    def owner_letter(self) -> str:
        return "L" if self.rule_id else "T"

    @property
    def owner_guid(self) -> UUID:
        return self.rule_id or self.template_id
