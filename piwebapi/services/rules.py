"""The rules of analyses and analysis templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from piwebapi.core import plugins
from piwebapi.core.errors import BadRequest
from piwebapi.models import Analysis, AnalysisRule, AnalysisTemplate, TimeRule

from . import objects

Owner = Analysis | AnalysisTemplate


@dataclass(frozen=True, slots=True)
class Rules:
    """Names of plug-ins and their configuration texts."""

    rule_plugin: str = ""
    rule_config: str = ""
    time_plugin: str = ""
    time_config: str = ""


def of(owner: Owner) -> Rules:
    rule, time_rule = owner.rule, owner.time_rule
    return Rules(
        rule.plug_in if rule else "",
        rule.config_string if rule else "",
        time_rule.plug_in if time_rule else "",
        time_rule.config_string if time_rule else "",
    )


def column(owner: Owner) -> str:
    return "analysis" if isinstance(owner, Analysis) else "template"


def put(wanted: Mapping[Any, Rules]) -> None:
    """The rules of owners that have none yet: two statements, whatever their number."""
    _put(AnalysisRule, [(owner, rules.rule_plugin, rules.rule_config) for owner, rules in wanted.items()])
    _put(TimeRule, [(owner, rules.time_plugin, rules.time_config) for owner, rules in wanted.items()])


def _put(model: type[AnalysisRule | TimeRule], wanted: Iterable[tuple[Any, str, str]]) -> None:
    rows = [
        model(id=model.id_for(owner), plug_in=name, config_string=configured, **{column(owner): owner})
        for owner, name, configured in wanted
        if name
    ]
    model._default_manager.bulk_create(rows, batch_size=500)


PLUG_INS = {"rule_plugin": AnalysisRule, "time_plugin": TimeRule}


def taken(values: dict[str, Any]) -> dict[str, str]:
    """The names of plug-ins, taken out of the values for an owner and checked."""
    return {key: plug_in(model.KIND, values.pop(key)) for key, model in PLUG_INS.items() if key in values}


def choose(owner: Owner, names: Mapping[str, str]) -> None:
    """Makes, changes or removes the rules of a saved owner by the names of plug-ins. Another plug-in begins
    with an empty configuration."""
    for key, name in names.items():
        model = PLUG_INS[key]
        own = model.objects.filter(**{column(owner): owner})
        rows = own.filter(parent=None) if model is AnalysisRule else own
        if rows.filter(plug_in=name).exists():
            continue
        rows.delete()
        if name:
            model.objects.create(id=model.id_for(owner), plug_in=name, **{column(owner): owner})


def copy(source: Owner, target: Owner) -> None:
    """All rules of one owner for another one that has none, those below others too."""
    made: dict[Any, AnalysisRule] = {}
    rows = {row.pk: row for row in source.rules.all()}
    for row in sorted(rows.values(), key=lambda row: _depth(row, rows)):
        made[row.pk] = AnalysisRule.objects.create(
            **({"id": AnalysisRule.id_for(target)} if row.parent_id is None else {}),
            parent=made.get(row.parent_id),
            plug_in=row.plug_in,
            config_string=row.config_string,
            variable_mapping=row.variable_mapping,
            **{column(target): target},
        )
    if (time_rule := source.time_rule) is not None:
        TimeRule.objects.create(
            id=TimeRule.id_for(target),
            plug_in=time_rule.plug_in,
            config_string=time_rule.config_string,
            merge_duplicated_items=time_rule.merge_duplicated_items,
            **{column(target): target},
        )


def _depth(row: AnalysisRule, rows: Mapping[Any, AnalysisRule]) -> int:
    depth = 0
    while row.parent_id in rows:
        row, depth = rows[row.parent_id], depth + 1
    return depth


def plug_in(kind: str, name: str) -> str:
    """The name as the plug-in writes it; a name of none is refused."""
    if not name:
        return ""
    found = plugins.named(f"{kind}PlugIn", name)
    if found is None:
        known = ", ".join(known.name for known in plugins.of(f"{kind}PlugIn"))
        raise BadRequest(f"There is no plug-in '{name}'; known are {known}.")
    return found.name


def create_rule(parent: AnalysisRule, *, now: int, plug_in_name: str, **values: Any) -> AnalysisRule:
    """A rule below another one."""
    made = AnalysisRule(
        analysis=parent.analysis,
        template=parent.template,
        parent=parent,
        plug_in=plug_in(AnalysisRule.KIND, plug_in_name),
        **values,
    )
    made.save(force_insert=True)
    return made


def update(rule: AnalysisRule | TimeRule, *, now: int, **changes: Any) -> None:
    changes.pop("plug_in_name", None)
    for name, value in changes.items():
        setattr(rule, name, value)
    if changes:
        objects.save(rule, changes)
