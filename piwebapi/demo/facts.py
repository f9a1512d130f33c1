"""The names and numbers of the demo plant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID, uuid5

from .facilities import FACILITIES

ASSET_SERVER = "AFDEMO"
DATA_SERVER = "PIDEMO"
DATABASE = "ProductionDB"
DATABASE_PATH = rf"\\{ASSET_SERVER}\{DATABASE}"
TABLE = "Equipment Capacity"
ANALYSIS = "Efficiency"


class Sensor(NamedTuple):
    name: str
    unit: str
    zero: float
    top: float
    noise: float
    category: str = "Process"


SENSORS = (
    Sensor("Temperature", "degC", 20, 100, 2),
    Sensor("Pressure", "bar", 1, 10, 0.5),
    Sensor("Flow", "m3/h", 0, 500, 10),
    Sensor("Level", "%", 0, 100, 5),
    Sensor("Power", "kW", 100, 5000, 100, "Electrical"),
    Sensor("Speed", "RPM", 0, 3600, 50),
    Sensor("Voltage", "V", 380, 420, 5, "Electrical"),
    Sensor("Current", "A", 0, 100, 2, "Electrical"),
)


class Equipment(NamedTuple):
    kind: str
    capacity: float  # m3/h
    makers: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.kind}_101"


EQUIPMENT = (
    Equipment("Pump", 450.0, ("Kestrel Pumps", "Ardent Flow", "Murrumbidgee Hydraulics")),
    Equipment("Compressor", 1200.0, ("Tasman Compression", "Boreal Air", "Ardent Flow")),
    Equipment("HeatExchanger", 600.0, ("Coolibah Thermal", "Platewell", "Southern Exchange")),
    Equipment("Reactor", 300.0, ("Halden Vessels", "Coolibah Thermal", "Yarra Process")),
)

#: how often a state is met, in percent; the codes count from 0
UNIT_MODES = {"Running": 82, "Standby": 9, "Stopped": 5, "Maintenance": 4}
EQUIPMENT_STATUSES = {"Running": 84, "Standby": 9, "Stopped": 5, "Fault": 2}

ENUMERATION_SETS = {"UnitMode": tuple(UNIT_MODES), "EquipmentStatus": tuple(EQUIPMENT_STATUSES)}
DIGITAL_SETS = {
    "Modes": ("Manual", "Auto", "Cascade", "Program", "Prog-Auto"),
    "BatchAct": ("Inactive", "Active"),
    "Phases": tuple(f"Phase{number}" for number in range(1, 9)),
}


class DefaultPoint(NamedTuple):
    name: str
    descriptor: str
    signal: str
    unit: str = ""
    zero: float = 0.0
    span: float = 100.0
    digital_set: str = ""


#: the points that every PI server is delivered with
DEFAULT_POINTS = (
    DefaultPoint("SINUSOID", "24 Hour Sine Wave", "sine"),
    DefaultPoint("SINUSOIDU", "24 Hour Sine Wave, unsolicited", "sine"),
    DefaultPoint("CDT158", "Atmospheric Tower OH Vapor", "walk", "DEG. C", 50.0, 200.0),
    DefaultPoint("CDEP158", "Light Naphtha End Point", "walk", "DEG. C", 50.0, 200.0),
    DefaultPoint("CDM158", "Light Naphtha End Point Control", "states", digital_set="Modes"),
    DefaultPoint("BA:TEMP.1", "Batch Reactor 1 Temperature", "walk", "DEG. C", 0.0, 200.0),
    DefaultPoint("BA:LEVEL.1", "Batch Reactor 1 Level", "walk", "%"),
    DefaultPoint("BA:CONC.1", "Batch Reactor 1 Concentration", "walk", "%"),
    DefaultPoint("BA:ACTIVE.1", "Batch Reactor 1 Active", "states", digital_set="BatchAct"),
    DefaultPoint("BA:PHASE.1", "Batch Reactor 1 Phase", "states", digital_set="Phases"),
)


@dataclass(frozen=True)
class Layout:
    """A size of the plant. Tags are numbered from 1 over plants, units and sensors, in these orders."""

    plants: tuple[str, ...]
    units: int  # of each plant

    @property
    def tags(self) -> int:
        return len(self.plants) * self.units * len(SENSORS)

    @property
    def elements(self) -> int:
        return len(self.plants) * (1 + self.units * (1 + len(EQUIPMENT)))

    def number(self, plant: str, unit: int, sensor: int) -> int:
        """The running number of a tag; unit from 1, sensor from 0."""
        return (self.plants.index(plant) * self.units + unit - 1) * len(SENSORS) + sensor + 1


_NAMES = tuple(facility.name for facility in FACILITIES)
LAYOUTS = (
    Layout(("Eraring", "Bayswater", "Loy_Yang_A", "Stanwell"), 4),
    Layout(_NAMES[:10], 13),
    Layout(_NAMES[:25], 50),
    Layout(_NAMES, 63),
)


def layout_for(tags: int) -> Layout:
    """The smallest size that has at least so many tags; ValueError when there is none."""
    if tags > 0:
        for layout in LAYOUTS:
            if layout.tags >= tags:
                return layout
    sizes = ", ".join(f"{layout.tags:,}" for layout in LAYOUTS)
    raise ValueError(f"The demo plant has {sizes} tags; {tags:,} is not a size of it.")


def tag_name(plant: str, unit: int, sensor: str) -> str:
    return f"{plant}_Unit{unit:03d}_{sensor}_PV"


def plant_path(plant: str) -> str:
    """Below the database, as all paths here."""
    return f"{plant}_Plant"


def unit_path(plant: str, unit: int) -> str:
    return f"{plant}_Plant\\Unit_{unit}"


def equipment_path(plant: str, unit: int, kind: str) -> str:
    return f"{plant}_Plant\\Unit_{unit}\\{kind}_101"


_NAMESPACE = UUID("3b0a6f6e-6f63-5d0a-9a44-0d4f53495049")


class Ids:
    """The ids of one seed: the same path has the same id on every machine and in every size."""

    def __init__(self, seed: int) -> None:
        self.namespace = uuid5(_NAMESPACE, str(seed))

    def of(self, path: str) -> UUID:
        """`path` is the full path of the object, in the stored case."""
        return uuid5(self.namespace, path)

    def in_database(self, path: str) -> UUID:
        return uuid5(self.namespace, f"{DATABASE_PATH}\\{path}")

    def frame(self, key: str) -> UUID:
        """Event frames go by their key (see `frames`), since a name holds a time and may be changed."""
        return self.in_database(f"EventFrames[{key}]")
