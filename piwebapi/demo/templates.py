"""The templates of the demo plant, those of event frames included, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from piwebapi.services.rules import Rules

from .facts import ANALYSIS, DATA_SERVER, EQUIPMENT, SENSORS, TABLE

PI_POINT = "PI Point"
TABLE_LOOKUP = "Table Lookup"

ELEMENT_CATEGORIES = {
    "Production": "Sites that produce",
    "Primary": "Top level of the plant",
    "ProcessUnit": "Process units",
    "Equipment": "Pieces of equipment",
    "BatchRun": "Production runs",
    "Alarm": "Alarms of process units",
    "Maintenance": "Planned and unplanned maintenance",
    "Downtime": "Losses of production",
}
ATTRIBUTE_CATEGORIES = {
    "Process": "Measurements and states of the process",
    "Electrical": "Electrical measurements",
    "Configuration": "What was set at installation",
}


@dataclass(frozen=True)
class AttributeFacts:
    name: str
    type: str = "String"
    unit: str = ""
    category: str = "Configuration"
    enumeration_set: str = ""
    data_reference: str = ""
    config_string: str = ""
    value: Any = None
    description: str = ""

    @property
    def is_configuration_item(self) -> bool:
        return self.category == "Configuration"


@dataclass(frozen=True)
class TemplateFacts:
    name: str
    description: str
    categories: tuple[str, ...]
    attributes: tuple[AttributeFacts, ...]
    default_attribute: str = ""
    instance_type: str = "Element"
    naming_pattern: str = ""
    severity: int = 0
    can_be_acknowledged: bool = False


def _sensor(sensor: Any) -> AttributeFacts:
    # New units made from the template look for a point of this name; the units of the demo have their own.
    tag = rf"\\{DATA_SERVER}\%..\Element%_%Element%_%Attribute%_PV"
    description = f"{sensor.name} of the unit"
    return AttributeFacts(sensor.name, "Double", sensor.unit, sensor.category, "", PI_POINT, tag, 0.0, description)


PLANT = TemplateFacts(
    "PlantTemplate",
    "A site",
    ("Production", "Primary"),
    (
        AttributeFacts("Location", value="", description="Nearest town or area"),
        AttributeFacts("Region", value="", description="State"),
        AttributeFacts("Capacity", "Double", "MW", value=0.0, description="Installed or drawn power"),
        AttributeFacts("Commissioned", "DateTime", description="First year of operation"),
    ),
    "Capacity",
)
UNIT = TemplateFacts(
    "ProcessUnitTemplate",
    "A process unit with eight sensors",
    ("ProcessUnit",),
    (
        *map(_sensor, SENSORS),
        AttributeFacts("Mode", "EnumerationValue", "", "Process", "UnitMode", value=0, description="Mode"),
    ),
    "Power",
)
_LOOKUP = f"SELECT Capacity FROM [{TABLE}] WHERE Equipment = '%Element%'"
_EQUIPMENT_ATTRIBUTES = (
    AttributeFacts("Status", "EnumerationValue", "", "Process", "EquipmentStatus", value=0, description="State"),
    AttributeFacts("Capacity", "Double", "m3/h", "Configuration", "", TABLE_LOOKUP, _LOOKUP, 0.0, "Rated throughput"),
    AttributeFacts("Manufacturer", value="", description="Who built it"),
    AttributeFacts("SerialNumber", value="", description="The manufacturer's number"),
    AttributeFacts("InstallDate", "DateTime", description="Day of installation"),
)
EQUIPMENT_TEMPLATES = {
    item.kind: TemplateFacts(
        f"{item.kind}Template", f"{item.kind} equipment", ("Equipment",), _EQUIPMENT_ATTRIBUTES, "Status"
    )
    for item in EQUIPMENT
}


def _frames(kind: str, description: str, *attributes: AttributeFacts, **more: Any) -> TemplateFacts:
    pattern = f"{kind}_%STARTTIME:yyyyMMdd_HHmm%"
    return TemplateFacts(f"{kind}Template", description, (kind,), attributes, "", "EventFrame", pattern, **more)


def _about(name: str, type: str = "String", unit: str = "") -> AttributeFacts:
    return AttributeFacts(name, type, unit, "Process", value="" if type == "String" else None)


FRAME_TEMPLATES = {
    "BatchRun": _frames(
        "BatchRun",
        "A run of one product",
        _about("Product"),
        _about("BatchID"),
        _about("Operator"),
        _about("TargetQuantity", "Int32"),
        _about("ActualQuantity", "Int32"),
    ),
    "Alarm": _frames(
        "Alarm",
        "An alarm of a unit",
        _about("Priority"),
        _about("AlarmType"),
        _about("AcknowledgedBy"),
        severity=2,
        can_be_acknowledged=True,
    ),
    "Maintenance": _frames(
        "Maintenance",
        "Work on a unit",
        _about("MaintenanceType"),
        _about("Technician"),
        _about("WorkOrder"),
        severity=1,
    ),
    "Downtime": _frames(
        "Downtime",
        "A unit that does not produce",
        _about("Reason"),
        _about("LostProduction", "Double", "m3"),
        severity=3,
    ),
}
TEMPLATES = (PLANT, UNIT, *EQUIPMENT_TEMPLATES.values(), *FRAME_TEMPLATES.values())

#: Measured power against apparent power, in percent, once a minute.
ANALYSIS_RULE = Rules(
    "PerformanceEquation",
    f"{ANALYSIS} := 100 * 'Power' / (Sqr(3) * 'Voltage' * 'Current' / 1000);",
    "Periodic",
    "Frequency=60",
)
