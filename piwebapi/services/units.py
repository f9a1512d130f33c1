"""Unit classes and units."""

from __future__ import annotations

from typing import Any

from piwebapi.core.errors import BadRequest
from piwebapi.core.webid import fold
from piwebapi.models import AssetServer, Unit, UnitClass

from . import objects


def create_unit_class(
    server: AssetServer, *, now: int, canonical_name: str, canonical_abbreviation: str, **values: Any
) -> UnitClass:
    """A class is born with its canonical unit."""
    made = objects.insert(UnitClass(server=server, **values))
    unit = Unit(unit_class=made, name=canonical_name, abbreviation=canonical_abbreviation, canonical=True)
    objects.insert(unit)
    return made


def update_unit_class(obj: UnitClass, *, now: int, **changes: Any) -> None:
    """The canonical unit can be renamed here, not replaced by another one."""
    renamed = {
        column: changes.pop(key)
        for key, column in (("canonical_name", "name"), ("canonical_abbreviation", "abbreviation"))
        if key in changes
    }
    objects.change(obj, changes)
    if renamed:
        objects.change(obj.units.get(canonical=True), renamed)


def create_unit(unit_class: UnitClass, *, now: int, reference: str | Unit = "", **values: Any) -> Unit:
    unit = Unit(unit_class=unit_class, **values)
    _refer(unit, reference)
    return objects.insert(unit)


def update_unit(unit: Unit, *, now: int, reference: str | Unit | None = None, **changes: Any) -> None:
    """The units that refer to this one follow."""
    for column, value in changes.items():
        setattr(unit, column, value)
    if unit.canonical and (unit.reference_factor, unit.reference_offset) != (1.0, 0.0):
        raise BadRequest("The canonical unit of a class has no other reference.")
    _refer(unit, reference if reference is not None else (unit.reference.abbreviation if unit.reference else ""))
    objects.change(unit, {**changes, "factor": unit.factor, "offset": unit.offset, "reference": unit.reference})
    _follow(unit)


def delete_unit(unit: Unit) -> None:
    """BadRequest for the canonical unit of a class, and for one that others refer to."""
    if unit.canonical:
        raise BadRequest(f"'{unit}' is the canonical unit of its class and cannot be deleted.")
    followers = Unit.objects.filter(reference=unit).order_by("name_key").values_list("name", flat=True)
    if followers:
        raise BadRequest(f"'{unit}' is the reference of {', '.join(followers)} and cannot be deleted.")
    objects.delete(unit)


def _refer(unit: Unit, abbreviation: str | Unit) -> None:
    """value in the reference unit = value * factor + offset; and so on to the canonical unit."""
    if unit.canonical:
        return
    if unit.reference_factor == 0:
        raise BadRequest("ReferenceFactor must not be zero.")
    reference = _named(unit.unit_class, abbreviation)
    above: Unit | None = reference
    while above is not None:
        if above.pk == unit.pk:
            raise BadRequest("A unit cannot be its own reference.")
        above = above.reference
    unit.reference = reference
    _compute(unit, reference)


def _compute(unit: Unit, reference: Unit) -> None:
    unit.factor = unit.reference_factor * reference.factor
    unit.offset = unit.reference_offset * reference.factor + reference.offset


def _follow(reference: Unit) -> None:
    for unit in Unit.objects.filter(reference=reference):
        _compute(unit, reference)
        objects.save(unit, ["factor", "offset"])
        _follow(unit)


def _named(unit_class: UnitClass, abbreviation: str | Unit) -> Unit:
    if isinstance(abbreviation, Unit) and abbreviation.unit_class_id == unit_class.pk:
        return abbreviation
    rows = unit_class.units.all()
    found = rows.filter(abbreviation=abbreviation).first() if abbreviation else rows.filter(canonical=True).first()
    if found is None:
        raise BadRequest(f"The class '{unit_class.name}' has no unit '{abbreviation}'.")
    return found


def find_unit(server: Any, text: str | Unit) -> Unit | None:
    """By name or abbreviation; an abbreviation counts with its case first ("mW" is not "MW"). A unit is itself."""
    if not text:
        return None
    if isinstance(text, Unit):
        return text
    rows = Unit.objects.filter(unit_class__server=server)
    found = rows.filter(abbreviation=text).first() or rows.filter(name_key=fold(text)).first()
    found = found or rows.filter(abbreviation__iexact=text).first()
    if found is None:
        raise BadRequest(f"The unit of measure '{text}' does not exist.")
    return found


def convert(value: Any, source: Unit, target: Unit) -> Any:
    """A number or a column, from one unit to another of the same class."""
    if source.unit_class_id != target.unit_class_id:
        raise BadRequest(f"'{source.name}' cannot be converted to '{target.name}'.")
    return (value * source.factor + source.offset - target.offset) / target.factor
