"""Notification rules, their templates and subscribers, and contacts. They are kept; nothing here is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef

from piwebapi.api import fields
from piwebapi.api.links import collections, secured, to
from piwebapi.api.resource import Call, Endpoint, Resource
from piwebapi.callers import Right
from piwebapi.core.webid import fold
from piwebapi.models import (
    AssetServer,
    Element,
    ElementTemplate,
    NotificationContactTemplate,
    NotificationRuleSubscriber,
)
from piwebapi.models.base import Ref
from piwebapi.places.notifications import contact_rows, rule_rows, subscriber_rows, template_rows
from piwebapi.queries import plugins, search
from piwebapi.services import notifications as services
from piwebapi.services import objects
from piwebapi.verbs import children, identity
from piwebapi.verbs.children import Child
from piwebapi.verbs.search import Search
from piwebapi.verbs.search import endpoint as search_endpoint

from .attributefields import has_children


def _plug_in(obj: Any) -> Ref | None:
    contact = getattr(obj, "contact", obj)
    found = plugins.named("NotificationPlugIn", contact.plug_in, contact.server)
    return found and Ref("NotificationPlugIn", found.server_guid, found.pk, found.full_path)


DELIVERY = (
    fields.text("ConfigString", "config_string"),
    fields.duration("EscalationTimeout", "escalation_timeout"),
    fields.integer("MaximumRetries", "maximum_retries", neutral=0),
    fields.duration("RetryInterval", "retry_interval"),
)
CONTACT = Resource(
    "NotificationContactTemplate",
    "notificationcontacttemplates",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        *DELIVERY,
        fields.flag("Available", "available", neutral=True),
        fields.text("ContactType", "contact_type", neutral="Individual"),
        fields.computed("HasChildren", has_children),
        fields.integer("MinimumAcknowledgements", "minimum_acknowledgements", neutral=0),
        fields.flag("NotifyWhenInstanceEnded", "notify_when_instance_ended"),
        fields.text("PlugInName", "plug_in"),
    ),
    links=(
        *collections(
            "notificationcontacttemplates",
            NotificationContactTemplates="notificationcontacttemplates",
        ),
        *secured("notificationcontacttemplates"),
        to("AssetServer", "assetservers", lambda obj: obj.server),
        to("NotificationPlugIn", "notificationplugins", _plug_in),
    ),
)
RULE_FIELDS = (
    fields.NAME,
    fields.DESCRIPTION,
    fields.Field(
        "CategoryNames", lambda obj, call: obj.category_names, "category_names", fields.load_names, neutral=[]
    ),
    fields.text("Criteria", "criteria"),
    fields.text("MultiTriggerEventOption", "multi_trigger_event_option", neutral="None"),
    fields.duration("NonrepetitionInterval", "nonrepetition_interval"),
    fields.duration("ResendInterval", "resend_interval"),
    # nothing here watches event frames for rules
    fields.constant("Status", "Disabled"),
)
RULE = Resource(
    "NotificationRule",
    "notificationrules",
    fields=(
        *RULE_FIELDS,
        fields.constant("AutoCreated", False),
        fields.related("TemplateName", "template.name", "template"),
    ),
    links=(),
)
RULE_TEMPLATE = Resource(
    "NotificationRuleTemplate",
    "notificationruletemplates",
    fields=(*RULE_FIELDS, fields.text("TemplateName", "element_template.name", write="")),
    links=(),
)


def _contact_type(obj: NotificationRuleSubscriber, call: Call) -> str:
    return obj.contact.contact_type


SUBSCRIBER = Resource(
    "NotificationRuleSubscriber",
    "notificationrulesubscribers",
    fields=(
        *DELIVERY,
        fields.text("ContactTemplateName", "contact.name", write="contact_name", on=("create",), required=True),
        fields.computed("ContactType", _contact_type),
        fields.constant("DeliveryFormatName", ""),
        fields.text("Description", "contact.description", write=""),
        fields.text("NotifyOption", "notify_option", neutral="EventStart"),
        fields.text("PlugInName", "contact.plug_in", write=""),
    ),
    links=(),
)


def _with_children(rows: Any) -> Any:
    below = NotificationContactTemplate.objects.filter(parent=OuterRef("pk"))
    return rows.annotate(has_children=Exists(below)).order_by("name_key")


def contacts(server: AssetServer, asked: Any) -> Any:
    return _with_children(contact_rows().filter(server=server))


def _members(contact: NotificationContactTemplate, asked: Any) -> Any:
    return _with_children(contact_rows().filter(parent=contact))


def rules(element: Element, asked: Any) -> Any:
    return rule_rows().filter(element=element).order_by("name_key")


def rule_templates(template: ElementTemplate, asked: Any) -> Any:
    return template_rows().filter(element_template=template).order_by("name_key")


def _subscribers(owner: Any, asked: Any) -> Any:
    column = "rule" if owner.KIND == "NotificationRule" else "template"
    return subscriber_rows().filter(**{column: owner}, parent=None).order_by("name_key", "pk")


def _right_to_subscribe(call: Call) -> Right:
    """A contact that is named as the caller is the caller."""
    body = call.body if isinstance(call.body, Mapping) else {}
    name = next((text for key, text in body.items() if key.lower() == "contacttemplatename"), "")
    themselves = call.caller.user is not None and isinstance(name, str) and fold(name) == fold(call.caller.name)
    return "subscribe" if themselves else "subscribe_others"


def _subscribers_below(subscriber: NotificationRuleSubscriber, asked: Any) -> Any:
    return subscriber_rows().filter(parent=subscriber).order_by("name_key", "pk")


def _dressed_contacts(objs: Sequence[NotificationContactTemplate]) -> list[NotificationContactTemplate]:
    return identity.in_order(objs, _with_children(contact_rows()))


CONTACT_IDENTITY = identity.Identity(services.update_contact, objects.delete, dressed=_dressed_contacts)
RULE_IDENTITY = identity.Identity(services.update_rule, objects.delete)
TEMPLATE_IDENTITY = identity.Identity(objects.update, objects.delete)
SUBSCRIBER_IDENTITY = identity.Identity(services.update_subscriber, objects.delete, right="subscribe_others")
RULE_SEARCH = Search(lambda database: rule_rows().filter(element__database=database), search.NOTIFICATION_RULES)
TEMPLATE_SEARCH = Search(
    lambda database: template_rows().filter(element_template__database=database), search.NOTIFICATION_TEMPLATES
)
CONTACT_SEARCH = Search(
    lambda server: _with_children(contact_rows().filter(server=server)), search.NAMED, home="AssetServer"
)
ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(CONTACT, CONTACT_IDENTITY),
    *children.endpoints(CONTACT, CONTACT.segment, Child(CONTACT, _members), get="GetNotificationContactTemplates"),
    search_endpoint(CONTACT, "GetNotificationContactTemplatesQuery", CONTACT_SEARCH),
    *identity.endpoints(RULE, RULE_IDENTITY),
    search_endpoint(RULE, "GetNotificationRulesQuery", RULE_SEARCH),
    *children.endpoints(
        RULE,
        SUBSCRIBER.segment,
        Child(SUBSCRIBER, _subscribers, services.subscribe, right_of=_right_to_subscribe),
        get="GetNotificationRuleSubscribers",
        post="CreateNotificationRuleSubscriber",
    ),
    *identity.endpoints(RULE_TEMPLATE, TEMPLATE_IDENTITY),
    search_endpoint(RULE_TEMPLATE, "GetNotificationRuleTemplatesQuery", TEMPLATE_SEARCH),
    *children.endpoints(
        RULE_TEMPLATE,
        SUBSCRIBER.segment,
        Child(SUBSCRIBER, _subscribers, services.subscribe, right_of=_right_to_subscribe),
        get="GetNotificationRuleTemplateSubscribers",
        post="CreateNotificationRuleTemplateSubscriber",
    ),
    *identity.endpoints(SUBSCRIBER, SUBSCRIBER_IDENTITY),
    *children.endpoints(
        SUBSCRIBER,
        SUBSCRIBER.segment,
        Child(SUBSCRIBER, _subscribers_below),
        get="GetNotificationRuleSubscribers",
    ),
)
