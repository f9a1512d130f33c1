"""Making and changing rules: checked by a look at the present, and shown over REST as analysis templates."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from events.models import SEVERITIES
from events.models.rules import EventRule
from events.rules import evaluation
from events.rules.fleet import condition
from piwebapi.core.errors import BadRequest
from piwebapi.core.times import TICKS_PER_SECOND
from piwebapi.models import AnalysisRule, AnalysisTemplate, AssetDatabase, ElementTemplate, TimeRule
from piwebapi.services import objects

PLUG_IN, TIME_PLUG_IN, EVERY = "EventFrame", "Periodic", "Frequency=60"


@transaction.atomic
def create(database: AssetDatabase, *, now: int, **values: Any) -> EventRule:
    rule = EventRule(database=database)
    _assign(rule, values)
    if EventRule.objects.filter(database=database, name=rule.name).exists():
        raise BadRequest(f"There is a rule '{rule.name}' already.")
    check(rule, now)
    rule.save()
    _mirror(rule)
    return rule


@transaction.atomic
def update(rule: EventRule, *, now: int, **changes: Any) -> None:
    """A rule that is switched on again begins with the present; what it had open goes on."""
    switched_on = bool(changes.get("enabled")) and not rule.enabled
    _assign(rule, changes)
    check(rule, now)
    if switched_on:
        rule.until = None
    rule.save()
    _mirror(rule)


def _assign(rule: EventRule, values: dict[str, Any]) -> None:
    for name, kind in (("element_template", "Element"), ("frame_template", "EventFrame")):
        if isinstance(values.get(name), str):
            rows = ElementTemplate.objects.filter(database=rule.database, instance_type=kind)
            values[name] = objects.one_named(rows, values[name], f"The template of the {kind.lower()}s")
    for name, value in values.items():
        setattr(rule, name, value)


def check(rule: EventRule, now: int) -> None:
    """Everything that would make the evaluation fail, told when the rule is saved."""
    if not rule.name.strip():
        raise BadRequest("A rule needs a name.")
    if rule.element_template_id is None:
        raise BadRequest("A rule needs an element template.")
    if not 0 <= rule.true_for_seconds <= 86_400:
        raise BadRequest("True-for must be between 0 and 86400 seconds.")
    if not isinstance(rule.constants, dict):
        raise BadRequest('The constants must be a JSON object, as {"Priority": "High"}.')
    if rule.severity is not None and not 0 <= rule.severity < len(SEVERITIES):
        raise BadRequest(f"Severity must be one of {', '.join(SEVERITIES)}.")
    condition(rule.start_condition, "The start condition")
    if rule.end_condition.strip():
        condition(rule.end_condition, "The end condition")
    trial = EventRule(**{field.attname: getattr(rule, field.attname) for field in EventRule._meta.concrete_fields})
    trial.pk = None
    evaluation.try_out(trial, now - TICKS_PER_SECOND, now, now)


def _mirror(rule: EventRule) -> None:
    """The analysis template that clients see. One of another rule's name that somebody has made is left alone."""
    made = rule.analysis
    if made is None:
        if AnalysisTemplate.objects.filter(database=rule.database, name_key=rule.name.upper()).exists():
            return
        made = AnalysisTemplate(database=rule.database, name=rule.name)
    made.name, made.description, made.target = rule.name, rule.description, rule.element_template
    made.create_enabled = rule.enabled
    made.save()
    end = f"EndTrigger={rule.end_condition};" if rule.end_condition.strip() else ""
    config = f"StartTrigger={rule.start_condition};{end}TrueFor={rule.true_for_seconds:g}s"
    AnalysisRule.objects.update_or_create(
        template=made,
        parent=None,
        defaults={"plug_in": PLUG_IN, "config_string": config},
        create_defaults={"id": AnalysisRule.id_for(made), "plug_in": PLUG_IN, "config_string": config},
    )
    TimeRule.objects.update_or_create(
        template=made,
        defaults={"plug_in": TIME_PLUG_IN, "config_string": EVERY},
        create_defaults={"id": TimeRule.id_for(made), "plug_in": TIME_PLUG_IN, "config_string": EVERY},
    )
    if rule.analysis_id != made.pk:
        rule.analysis = made
        rule.save(update_fields=["analysis"])
