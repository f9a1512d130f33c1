"""Who would be told of alarms: one contact, and one notification rule per plant that tells it."""

from __future__ import annotations

from piwebapi.models import (
    Element,
    NotificationContactTemplate,
    NotificationRule,
    NotificationRuleSubscriber,
)

from . import facts, templates
from .library import Library

CONTACT = "Shift Supervisor"
RULE = "Alarm"


def load_rules(library: Library, sites: list[Element]) -> None:
    """Disabled as all rules here are, because nothing sends messages."""
    contact = NotificationContactTemplate.objects.create(
        id=library.ids.of(f"\\\\{facts.ASSET_SERVER}\\NotificationContactTemplates[{CONTACT}]"),
        server=library.asset_server,
        name=CONTACT,
        description="Demo contact; nothing is sent to it",
        plug_in="Email",
        config_string="To=supervisor@plant.example",
    )
    rules = [
        NotificationRule(
            id=library.ids.in_database(f"{site.path}\\NotificationRules[{RULE}]"),
            element=site,
            name=RULE,
            description=f"Alarms of {site.name} of high priority",
            criteria=f"Template:={templates.FRAME_TEMPLATES['Alarm'].name} Severity:>=Major",
        )
        for site in sites
    ]
    NotificationRule.objects.bulk_create(rules)
    NotificationRuleSubscriber.objects.bulk_create(
        NotificationRuleSubscriber(
            id=library.ids.in_database(f"{rule.element.path}\\NotificationRules[{RULE}]\\Subscribers[{CONTACT}]"),
            rule=rule,
            contact=contact,
            name=CONTACT,
        )
        for rule in rules
    )
