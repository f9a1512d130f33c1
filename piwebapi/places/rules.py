r"""Rules of analyses: ``<analysis>\AnalysisRule`` and ``<analysis>\TimeRule``."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from piwebapi import models
from piwebapi.access import Finder, Parts, register

from .elements import analysis_by_path
from .library import analysis_template_by_path
from .parts import is_collection

OWNERS = ("analysis__element__database__server", "template__database__server")


def analysis_rule_rows() -> QuerySet[models.AnalysisRule]:
    return models.AnalysisRule.objects.select_related(*OWNERS)


def time_rule_rows() -> QuerySet[models.TimeRule]:
    return models.TimeRule.objects.select_related(*OWNERS)


def _owner(parts: Parts) -> dict[str, Any] | None:
    analysis = analysis_by_path(parts)
    if analysis is not None:
        return {"analysis": analysis}
    template = analysis_template_by_path(parts)
    return None if template is None else {"template": template}


def _is_named(parts: Parts, name: str) -> bool:
    return len(parts) > 3 and is_collection(parts[-1], "") and parts[-1].name.lower() == name


def _analysis_rule_by_path(parts: Parts) -> models.AnalysisRule | None:
    below = is_collection(parts[-1], "AnalysisRules")
    root = parts[:-1] if below else parts
    owner = _owner(root[:-1]) if _is_named(root, "analysisrule") else None
    if owner is None:
        return None
    rows = analysis_rule_rows().filter(**owner)
    return (rows.filter(pk=parts[-1].guid) if below else rows.filter(parent=None)).first()


def _time_rule_by_path(parts: Parts) -> models.TimeRule | None:
    owner = _owner(parts[:-1]) if _is_named(parts, "timerule") else None
    return owner and time_rule_rows().filter(**owner).first()


def register_all() -> None:
    for letter, owner, server in (("X", "analysis", OWNERS[0]), ("T", "template", OWNERS[1])):
        register("AnalysisRule", Finder(analysis_rule_rows, _analysis_rule_by_path, server, owner), letter)
        register("TimeRule", Finder(time_rule_rows, _time_rule_by_path, server, owner), letter)
