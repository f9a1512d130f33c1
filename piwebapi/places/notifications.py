"""Notification rules, their templates and subscribers, and contacts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from piwebapi import models
from piwebapi.access import Finder, Parts, register

from .elements import element_by_path
from .parts import condition, in_database, is_collection

RULE_OWNER = "element__database__server"
TEMPLATE_OWNER = "element_template__database__server"


def rule_rows() -> QuerySet[models.NotificationRule]:
    return models.NotificationRule.objects.select_related(RULE_OWNER, "template")


def template_rows() -> QuerySet[models.NotificationRuleTemplate]:
    return models.NotificationRuleTemplate.objects.select_related(TEMPLATE_OWNER)


def subscriber_rows() -> QuerySet[models.NotificationRuleSubscriber]:
    return models.NotificationRuleSubscriber.objects.select_related(
        f"rule__{RULE_OWNER}", f"template__{TEMPLATE_OWNER}", "contact__server"
    )


def contact_rows() -> QuerySet[models.NotificationContactTemplate]:
    return models.NotificationContactTemplate.objects.select_related("server")


def _rule_by_path(parts: Parts) -> models.NotificationRule | None:
    if len(parts) < 4 or not is_collection(parts[-1], "NotificationRules"):
        return None
    element = element_by_path(parts[:-1])
    return element and rule_rows().filter(condition(parts[-1]), element=element).first()


def _template_by_path(parts: Parts) -> models.NotificationRuleTemplate | None:
    if len(parts) != 4 or not is_collection(parts[3], "NotificationRuleTemplates"):
        return None
    if not is_collection(parts[2], "ElementTemplates"):
        return None
    home = in_database(parts, "element_template__database__") & condition(parts[2], "element_template__")
    return template_rows().filter(home, condition(parts[3])).first()


def _subscriber_by_path(parts: Parts) -> models.NotificationRuleSubscriber | None:
    if not is_collection(parts[-1], "NotificationRuleSubscribers"):
        return None
    rule, template = _rule_by_path(parts[:-1]), _template_by_path(parts[:-1])
    if rule is None and template is None:
        return None
    owner: dict[str, Any] = {"rule": rule} if rule else {"template": template}
    return subscriber_rows().filter(condition(parts[-1]), **owner).first()


def _contact_by_path(parts: Parts) -> models.NotificationContactTemplate | None:
    if len(parts) != 2 or not is_collection(parts[1], "NotificationContactTemplates"):
        return None
    return contact_rows().filter(condition(parts[0], "server__"), condition(parts[1])).first()


def register_all() -> None:
    register("NotificationRule", Finder(rule_rows, _rule_by_path, RULE_OWNER))
    register("NotificationRuleTemplate", Finder(template_rows, _template_by_path, TEMPLATE_OWNER))
    for letter, owner, server in (("L", "rule", RULE_OWNER), ("T", "template", TEMPLATE_OWNER)):
        finder = Finder(subscriber_rows, _subscriber_by_path, f"{owner}__{server}", owner)
        register("NotificationRuleSubscriber", finder, letter)
    register("NotificationContactTemplate", Finder(contact_rows, _contact_by_path, "server"))
