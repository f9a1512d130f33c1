"""Notification rules, their templates and subscribers, and contacts."""

from __future__ import annotations

from typing import Any

from piwebapi.core import plugins
from piwebapi.core.errors import BadRequest
from piwebapi.models import (
    AssetServer,
    Element,
    ElementTemplate,
    NotificationContactTemplate,
    NotificationRule,
    NotificationRuleSubscriber,
    NotificationRuleTemplate,
)

from . import objects

#: what a rule takes over from its template
COPIED = ("criteria", "multi_trigger_event_option", "nonrepetition_interval", "resend_interval", "category_names")


def create_contact(server: AssetServer, *, now: int, **values: Any) -> NotificationContactTemplate:
    return objects.insert(NotificationContactTemplate(server=server, **_checked(values)))


def update_contact(contact: NotificationContactTemplate, *, now: int, **changes: Any) -> None:
    """Subscribers are named after their contact."""
    objects.change(contact, _checked(changes))
    for subscriber in contact.subscriptions.all() if "name" in changes else ():
        objects.change(subscriber, {"name": contact.name})


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if values.get("plug_in"):
        found = plugins.named("NotificationPlugIn", values["plug_in"])
        if found is None:
            raise BadRequest(f"There is no delivery channel '{values['plug_in']}'.")
        values["plug_in"] = found.name
    return values


def create_template(home: ElementTemplate, *, now: int, **values: Any) -> NotificationRuleTemplate:
    return objects.insert(NotificationRuleTemplate(element_template=home, **values))


def create_rule(element: Element, *, now: int, template: str = "", **values: Any) -> NotificationRule:
    """What is not told is as in the template, whose subscribers the rule gets too."""
    made_from = _template(element, template)
    if made_from is not None:
        values = {name: getattr(made_from, name) for name in COPIED} | values
    made = objects.insert(NotificationRule(element=element, template=made_from, **values))
    for row in made_from.subscribers.filter(parent=None).select_related("contact") if made_from else ():
        _subscribe(made, row.contact, {name: getattr(row, name) for name in SUBSCRIPTION})
    return made


def update_rule(rule: NotificationRule, *, now: int, template: str | None = None, **changes: Any) -> None:
    if template is not None:
        changes["template"] = _template(rule.element, template)
    objects.change(rule, changes)


def _template(element: Element, name: str) -> NotificationRuleTemplate | None:
    """Of the element's template or of one that this is derived from."""
    lineage = element.template.lineage() if element.template else []
    rows = NotificationRuleTemplate.objects.filter(element_template__in=lineage)
    return objects.one_named(rows, name, "The notification rule template")


SUBSCRIPTION = ("config_string", "escalation_timeout", "retry_interval", "maximum_retries", "notify_option")


def subscribe(
    owner: NotificationRule | NotificationRuleTemplate, *, now: int, contact_name: str, **values: Any
) -> NotificationRuleSubscriber:
    """Of a group its members are subscribed below it."""
    rows = NotificationContactTemplate.objects.filter(server=owner.server_guid)
    contact = objects.one_named(rows, contact_name, "The contact")
    if contact is None:
        raise BadRequest("ContactTemplateName must not be empty.")
    if owner.subscribers.filter(contact=contact, parent=None).exists():
        raise BadRequest(f"'{contact.name}' is a subscriber already.")
    return _subscribe(owner, contact, values)


def _subscribe(
    owner: NotificationRule | NotificationRuleTemplate,
    contact: NotificationContactTemplate,
    values: dict[str, Any],
    parent: NotificationRuleSubscriber | None = None,
) -> NotificationRuleSubscriber:
    column = "rule" if isinstance(owner, NotificationRule) else "template"
    inherited = {name: getattr(contact, name) for name in SUBSCRIPTION if hasattr(contact, name)}
    made = objects.insert(
        NotificationRuleSubscriber(
            **{column: owner}, contact=contact, parent=parent, name=contact.name, **{**inherited, **values}
        )
    )
    for member in contact.children.all():
        _subscribe(owner, member, {}, made)
    return made


def update_subscriber(subscriber: NotificationRuleSubscriber, *, now: int, **changes: Any) -> None:
    changes.pop("contact_name", None)
    objects.change(subscriber, changes)
