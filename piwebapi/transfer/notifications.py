"""Notification rules, their templates, subscribers and contacts.

They stand beside the elements and name what they belong to. Contacts are the server's: those that are there already
stay as they are. The vendor's schema of these is not public; the tags are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from piwebapi.core.webid import fold
from piwebapi.models import (
    Element,
    NotificationContactTemplate,
    NotificationRule,
    NotificationRuleSubscriber,
    NotificationRuleTemplate,
)

from .document import Document, Node
from .markup import head, leaf, node, told
from .scope import Scope
from .target import Target, checked_name

CONTACT, RULE, TEMPLATE = "AFNotificationContactTemplate", "AFNotificationRule", "AFNotificationRuleTemplate"
SUBSCRIBER = "AFNotificationRuleSubscriber"
DELIVERY = {
    "ConfigString": ("config_string", ""),
    "EscalationTimeout": ("escalation_timeout", "PT0S"),
    "RetryInterval": ("retry_interval", "PT0S"),
    "MaximumRetries": ("maximum_retries", 0),
}
OF_CONTACT = {
    "PlugIn": ("plug_in", ""),
    "ContactType": ("contact_type", "Individual"),
    "Available": ("available", True),
    "MinimumAcknowledgements": ("minimum_acknowledgements", 0),
    "NotifyWhenInstanceEnded": ("notify_when_instance_ended", False),
    **DELIVERY,
}
OF_RULE = {
    "Criteria": ("criteria", ""),
    "MultiTriggerEventOption": ("multi_trigger_event_option", "None"),
    "NonrepetitionInterval": ("nonrepetition_interval", "PT0S"),
    "ResendInterval": ("resend_interval", "PT0S"),
}
OF_SUBSCRIBER = {"NotifyOption": ("notify_option", "EventStart"), **DELIVERY}
Members = dict[str, tuple[str, Any]]


def _told(row: Any, members: Members) -> list[str]:
    return [told(tag, getattr(row, column), usual) for tag, (column, usual) in members.items()]


def _columns(told_of: Node, members: Members) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tag, (column, usual) in members.items():
        if isinstance(usual, bool):
            found[column] = told_of.flag(tag, usual)
        elif isinstance(usual, int):
            found[column] = told_of.integer(tag, usual)
        else:
            found[column] = told_of.text(tag) or usual
    return found


class Notifications:
    tags = (CONTACT, TEMPLATE, RULE)

    def write(self, scope: Scope) -> Iterator[str]:
        templates = scope.see(
            NotificationRuleTemplate.objects.filter(element_template__database=scope.database)
        ).select_related("element_template")
        rules = scope.see(NotificationRule.objects.filter(element__database=scope.database))
        rules = rules.select_related("element", "template")
        owned = [("template", row) for row in templates.order_by("element_template__name_key", "name_key")]
        owned += [("rule", row) for row in rules.order_by("element__path_key", "name_key")]
        keys = {kind: [row.pk for other, row in owned if other == kind] for kind in ("rule", "template")}
        subscribers = {kind: _subscribers(kind, of_kind) for kind, of_kind in keys.items()}
        yield from _contacts(scope, subscribers)
        for kind, row in owned:
            yield _rule(row, subscribers[kind].get(row.pk, []), scope.ids)

    def read(self, document: Document, target: Target) -> None:
        contacts = _read_contacts(document, target)
        templates = _Rules(target, NotificationRuleTemplate, "template", contacts)
        for xml in document.objects(TEMPLATE):
            told_of = Node(xml, f"NotificationRuleTemplates[{xml.findtext('Name', '')}]")
            templates.read(told_of, target.templates.get(fold(told_of.text("ElementTemplate"))), "element_template")
        templates.save()
        rules = _Rules(target, NotificationRule, "rule", contacts)
        for xml in document.objects(RULE):
            told_of = Node(xml, f"NotificationRules[{xml.findtext('Name', '')}]")
            element = target.elements.get(fold(told_of.text("Element")))
            rules.read(told_of, element, "element", template_id=_template(told_of, templates, element))
        rules.save()


def _contacts(scope: Scope, subscribers: dict[str, dict[Any, list[NotificationRuleSubscriber]]]) -> Iterator[str]:
    """Those that are subscribed, and the members and groups of these."""
    wanted = {row.contact_id for of_kind in subscribers.values() for rows in of_kind.values() for row in rows}
    rows = scope.see(NotificationContactTemplate.objects.filter(pk__in=wanted)).select_related("parent")
    for row in rows.order_by("parent__name_key", "name_key"):
        above = told("Parent", row.parent.name if row.parent else "")
        yield node(CONTACT, (head(row, False), above, *_told(row, OF_CONTACT)))


def _subscribers(column: str, owners: list[Any]) -> dict[Any, list[NotificationRuleSubscriber]]:
    rows = NotificationRuleSubscriber.objects.filter(**{f"{column}__in": owners}).select_related("contact")
    found: dict[Any, list[NotificationRuleSubscriber]] = {}
    for row in rows.order_by("name_key", "pk"):
        found.setdefault(getattr(row, f"{column}_id"), []).append(row)
    return found


def _rule(row: Any, subscribers: list[NotificationRuleSubscriber], ids: bool) -> str:
    if isinstance(row, NotificationRule):
        tag, home = RULE, leaf("Element", row.element.path)
        home += told("Template", row.template.name if row.template else "")
    else:
        tag, home = TEMPLATE, leaf("ElementTemplate", row.element_template.name)
    categories = (leaf("Category", name) for name in row.category_names)
    below: dict[Any, list[NotificationRuleSubscriber]] = {}
    for one in subscribers:
        below.setdefault(one.parent_id, []).append(one)
    inner = (_subscriber(one, below) for one in below.get(None, ()))
    return node(tag, (head(row, ids), home, *_told(row, OF_RULE), *categories, *inner))


def _subscriber(row: NotificationRuleSubscriber, below: dict[Any, list[NotificationRuleSubscriber]]) -> str:
    inner = (_subscriber(child, below) for child in below.get(row.pk, ()))
    return node(SUBSCRIBER, (leaf("Name", row.contact.name), *_told(row, OF_SUBSCRIBER), *inner))


def _read_contacts(document: Document, target: Target) -> dict[str, NotificationContactTemplate]:
    server = target.database.server
    known = {row.name_key: row for row in NotificationContactTemplate.objects.filter(server=server)}
    for xml in document.objects(CONTACT):
        told_of = Node(xml, f"NotificationContactTemplates[{xml.findtext('Name', '')}]")
        name, parent = checked_name(told_of), known.get(fold(told_of.text("Parent")))
        columns = {"description": told_of.text("Description"), **_columns(told_of, OF_CONTACT)}
        if fold(name) not in known:
            made = NotificationContactTemplate.objects.create(server=server, name=name, parent=parent, **columns)
            known[fold(name)] = made
            target.report.created["notification contact templates"] += 1
        told_of.finish(target.report)
    return known


def _template(told_of: Node, templates: _Rules, element: Element | None) -> Any:
    """By its name, of the element's template or of the nearest that this is derived from."""
    name = fold(told_of.text("Template"))
    for home in element.template.lineage() if name and element is not None and element.template else ():
        if (home.pk, name) in templates.drafts.known:
            return templates.drafts.known[home.pk, name].pk
    return None


class _Rules:
    """Rules or rule templates; the subscribers of each become those of the file."""

    def __init__(self, target: Target, model: Any, column: str, contacts: dict[str, Any]) -> None:
        self.target, self.model, self.column, self.contacts = target, model, column, contacts
        home = "element" if column == "rule" else "element_template"
        rows = model.objects.filter(**{f"{home}__database": target.database})
        self.drafts = target.drafts(model, rows, lambda row: (getattr(row, f"{home}_id"), row.name_key))
        self.wanted: list[tuple[Any, list[Node]]] = []

    def read(self, told_of: Node, home: Any | None, owner: str, **more: Any) -> None:
        if home is None:
            self.target.report.gap(f"{told_of.tag} without its object", told_of.path)
            return
        name = checked_name(told_of)
        columns = {"description": told_of.text("Description"), **_columns(told_of, OF_RULE), **more}
        columns["category_names"] = told_of.texts("Category")
        key = (home.pk, fold(name))
        made = self.drafts.put(key, told_of.id, **{f"{owner}_id": home.pk}, name=name, **columns)
        self.wanted.append((made, [Node(xml, told_of.path) for xml in told_of.children(SUBSCRIBER)]))
        told_of.finish(self.target.report)

    def save(self) -> None:
        self.drafts.save()
        present = _subscribers(self.column, [made.pk for made, _ in self.wanted])
        for made, nodes in self.wanted:
            before = _rule(made, present.get(made.pk, []), False) if made.pk in present else ""
            rows = [row for told_of in nodes for row in self._subscribers(made, told_of, None)]
            if before != _rule(made, rows, False):
                made.subscribers.all().delete()
                for row in rows:  # parents first
                    row.save(force_insert=True)

    def _subscribers(self, owner: Any, told_of: Node, parent: Any) -> Iterator[NotificationRuleSubscriber]:
        contact = self.contacts.get(fold(told_of.name))
        if contact is None:
            self.target.report.gap("subscriber without its contact", f"{told_of.path} -> {told_of.name}")
            return
        columns = _columns(told_of, OF_SUBSCRIBER)
        columns |= {self.column: owner, "contact": contact, "name": contact.name, "parent": parent}
        row = NotificationRuleSubscriber(**columns)
        yield row
        for child in told_of.children(SUBSCRIBER):
            yield from self._subscribers(owner, Node(child, told_of.path), row)
