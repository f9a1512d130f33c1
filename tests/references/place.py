"""A place for data references to stand in, made of plain dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from piwebapi.references.context import Unresolved
from piwebapi.references.rows import Rows

PUMPS = Rows(
    {
        "Pump": "String",
        "Power": "Double",
        "Stages": "Int32",
        "Spare": "Boolean",
        "Bought": "DateTime",
        "100%": "String",
    },
    [
        ["P-1", 7.5, 2, True, "2001-03-04T00:00:00Z", "full"],
        ["p-2", 11.0, 3, False, "2010-01-01T12:00:00Z", None],
        ["P-3", None, 3, None, None, "half"],
        ["O'Hara", 22.0, 5, False, "1999-12-31T23:59:59Z", ""],
    ],
)


@dataclass
class Place:
    """The context of the attribute ``Flow|Limit`` of ``Works\\Unit 7\\P-2``."""

    elements: tuple[str, ...] = ("Works", "Unit 7", "P-2")
    attributes: tuple[str, ...] = ("Flow", "Limit")
    values: Mapping[str, object] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=lambda: {"Pumps": PUMPS, "None": Rows({"A": "String"}, [])})

    def text(self, parameter: str) -> str | None:
        return {"server": "HISTORIAN", "database": "Water", "description": "highest flow"}.get(parameter)

    def value(self, path: str) -> object:
        if path not in self.values:
            raise Unresolved(f"There is no attribute '{path}'.")
        return self.values[path]

    def table(self, name: str) -> Rows:
        if name not in self.tables:
            raise Unresolved(f"There is no table '{name}'.")
        return self.tables[name]
