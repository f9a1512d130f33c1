"""Units of measure."""

from __future__ import annotations

from typing import Any

from piwebapi.access import find
from piwebapi.api import fields, params
from piwebapi.api.answers import answers, listed, named
from piwebapi.api.dump import dump
from piwebapi.api.links import collections, own, to
from piwebapi.api.paging import page
from piwebapi.api.resource import Call, Endpoint, Reply, Resource
from piwebapi.core.errors import NotFound
from piwebapi.models import AssetServer, Unit, UnitClass
from piwebapi.services import objects, units
from piwebapi.verbs import children, identity
from piwebapi.verbs.children import Child


def _canonical(unit_class: UnitClass) -> Unit | None:
    return next((unit for unit in unit_class.units.all() if unit.canonical), None)


def _canonical_name(obj: UnitClass, call: Call) -> str:
    unit = _canonical(obj)
    return unit.name if unit else ""


def _canonical_abbreviation(obj: UnitClass, call: Call) -> str:
    unit = _canonical(obj)
    return unit.abbreviation if unit else ""


def _reference_abbreviation(obj: Unit, call: Call) -> str:
    return obj.abbreviation if obj.reference is None else obj.reference.abbreviation


UNIT_CLASS = Resource(
    "UnitClass",
    "unitclasses",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        fields.computed("CanonicalUnitName", _canonical_name, "canonical_name", fields.load_text, required=True),
        fields.computed(
            "CanonicalUnitAbbreviation",
            _canonical_abbreviation,
            "canonical_abbreviation",
            fields.load_text,
            required=True,
        ),
    ),
    links=(
        *collections("unitclasses", CanonicalUnit="canonicalunit", Units="units"),
        to("AssetServer", "assetservers", lambda unit_class: unit_class.server),
    ),
)
UNIT = Resource(
    "Unit",
    "units",
    fields=(
        fields.NAME,
        fields.DESCRIPTION,
        fields.text("Abbreviation", "abbreviation", required=True),
        fields.number("Factor", "factor", write=""),
        fields.number("Offset", "offset", write=""),
        fields.number("ReferenceFactor", "reference_factor", neutral=1.0),
        fields.number("ReferenceOffset", "reference_offset", neutral=0.0),
        fields.computed(
            "ReferenceUnitAbbreviation", _reference_abbreviation, "reference", fields.load_text, neutral=""
        ),
    ),
    links=(
        own("Self", "units/{}"),
        to("Class", "unitclasses", lambda unit: unit.unit_class),
        to("ReferenceUnit", "units", lambda unit: unit.reference),
    ),
)


def unit_classes(server: AssetServer, asked: Any) -> Any:
    rows = UnitClass.objects.filter(server=server).select_related("server").prefetch_related("units")
    return rows.order_by("name_key")


def units_of(unit_class: UnitClass, asked: Any) -> Any:
    rows = unit_class.units.select_related("unit_class__server", "reference__unit_class__server")
    return rows.order_by("name_key")


@answers(named("Unit"))
def canonical_unit(call: Call) -> Reply:
    unit_class = find(call.caller, call.web_id, "UnitClass")
    unit = units_of(unit_class, {}).filter(canonical=True).first()
    if unit is None:
        raise NotFound(f"The class '{unit_class.name}' has no canonical unit.")
    return Reply(200, dump(UNIT, unit, call, call.selected))


@answers(listed(named("Unit")))
def all_units(call: Call) -> Reply:
    """Ours: every unit of every server in one list."""
    rows = Unit.objects.select_related("unit_class__server", "reference__unit_class__server")
    return page(call, UNIT, rows.order_by("name_key", "pk"))


ENDPOINTS: tuple[Endpoint, ...] = (
    *identity.endpoints(UNIT_CLASS, identity.Identity(units.update_unit_class, objects.delete)),
    Endpoint(
        "UnitClass_GetCanonicalUnit",
        "GET",
        "unitclasses/{webId}/canonicalunit",
        canonical_unit,
        params.OBJECT,
        resource=UNIT_CLASS,
    ),
    *children.endpoints(
        UNIT_CLASS, "units", Child(UNIT, units_of, units.create_unit), get="GetUnits", post="CreateUnit"
    ),
    *identity.endpoints(UNIT, identity.Identity(units.update_unit, units.delete_unit)),
)
