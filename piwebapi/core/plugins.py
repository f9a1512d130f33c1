"""The plug-ins that this server knows: names that analyses and contacts may refer to.

AF loads plug-ins as .NET assemblies; here there are none, so a plug-in is a name with a meaning. Performance
equations are evaluated by `streaming`; the others are kept with their configuration and carried out by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

_NAMES = UUID("5c0b6a6f-6a1f-4c52-9f39-2d7a0a4b9e51")


@dataclass(frozen=True, slots=True)
class PlugIn:
    kind: str
    name: str
    description: str

    @property
    def id(self) -> UUID:
        """The same on every server, as with the vendor's plug-ins."""
        return uuid5(_NAMES, f"{self.kind}/{self.name}")


PLUG_INS = (
    PlugIn("AnalysisRulePlugIn", "PerformanceEquation", "Calculates values with performance equations."),
    PlugIn("AnalysisRulePlugIn", "EventFrame", "Opens and closes event frames by conditions."),
    PlugIn("AnalysisRulePlugIn", "RollUp", "Summarises attributes of child elements."),
    PlugIn("AnalysisRulePlugIn", "Imbalance", "Calculates material imbalances."),
    PlugIn("TimeRulePlugIn", "Periodic", "Runs at a fixed period."),
    PlugIn("TimeRulePlugIn", "Natural", "Runs when an input has a new value."),
    PlugIn("NotificationPlugIn", "Email", "Tells by electronic mail."),
    PlugIn("NotificationPlugIn", "WebService", "Tells by calling a web service."),
)


def of(kind: str) -> tuple[PlugIn, ...]:
    return tuple(plug_in for plug_in in PLUG_INS if plug_in.kind == kind)


def named(kind: str, name: str) -> PlugIn | None:
    return next((plug_in for plug_in in of(kind) if plug_in.name.lower() == name.lower()), None)
