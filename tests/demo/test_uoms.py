"""Units of measure against the definitions of another library (pint)."""

import re

import pint
import pytest

from piwebapi.demo.uoms import UNIT_CLASSES, UnitFacts

REGISTRY: pint.UnitRegistry = pint.UnitRegistry()
#: what pint calls otherwise
PINT = {
    "RPM": "revolution/min",
    "deg/s": "degree/s",
    "r/s": "revolution/s",
    "r": "revolution",
    "deg": "degree",
    "m/s2": "m/s**2",
    "ft/s2": "ft/s**2",
    "cpm": "count/min",
    "mi/h": "mile/hour",
    "kn": "knot",
    "kgf/cm2": "kgf/cm**2",
    "US gal": "gallon",
    "Imp gal": "imperial_gallon",
    "US gal/min": "gallon/min",
    "US gal/h": "gallon/h",
    "bbl": "oil_bbl",
    "bbl/h": "oil_bbl/h",
    "bbl/d": "oil_bbl/day",
    "ton": "short_ton",
    "lton": "long_ton",
    "cal": "cal_it",
    "kcal": "1000*cal_it",
    "MMBtu": "1e6*Btu",
    "cSt": "0.01*stokes",
    "St": "stokes",
    "kVA": "1000*VA",
    "MVA": "1e6*VA",
    "ha": "hectare",
    "hp": "horsepower",
    "delta K": "kelvin",
    "delta degC": "delta_degC",
    "delta degF": "delta_degF",
    "P": "poise",
    "cP": "centipoise",
    "%": "percent",
    "Ah": "ampere*hour",
    "m3/d": "m**3/day",
    "t/d": "tonne/day",
    "C": "coulomb",
    "ratio": "dimensionless",
}
#: pint knows no var and no dozen, ppb is below its names too, and temperatures have offsets
OURS = {"var", "kvar", "Mvar", "dozen", "ppb"}
CASES = [
    pytest.param(units[0], unit, id=unit.abbreviation)
    for units in UNIT_CLASSES.values()
    for unit in units
    if unit.abbreviation not in OURS and units is not UNIT_CLASSES["Temperature"]
]


POWERS = re.compile(r"\b(m|mm|cm|km|in|ft|mi)([23])\b")  # m3/h -> m**3/h


def size(unit: UnitFacts) -> pint.Quantity:
    """One of the unit."""
    text = POWERS.sub(r"\1**\2", PINT.get(unit.abbreviation, unit.abbreviation))
    return REGISTRY.parse_expression(text.replace("mi**", "mile**")) * REGISTRY.Quantity(1.0)


@pytest.mark.parametrize(("canonical", "unit"), CASES)
def test_a_factor_is_that_of_the_definition(canonical: UnitFacts, unit: UnitFacts) -> None:
    assert unit.factor == pytest.approx((size(unit) / size(canonical)).to("").magnitude, rel=1e-6)
    assert unit.offset == 0.0


@pytest.mark.parametrize(
    ("abbreviation", "kelvin"), [("K", 100.0), ("degC", 373.15), ("degF", 310.92777777777775), ("degR", 500 / 9)]
)
def test_100_of_a_temperature_in_kelvin(abbreviation: str, kelvin: float) -> None:
    unit = next(unit for unit in UNIT_CLASSES["Temperature"] if unit.abbreviation == abbreviation)
    assert 100.0 * unit.factor + unit.offset == pytest.approx(kelvin, rel=1e-12)


def test_names_and_abbreviations_are_unique_whatever_the_case() -> None:
    units = [unit for members in UNIT_CLASSES.values() for unit in members]
    assert len({unit.name.lower() for unit in units}) == len(units) > 150
    assert len({unit.abbreviation for unit in units}) == len(units)


def test_the_first_unit_of_a_class_is_its_canonical_one() -> None:
    for members in UNIT_CLASSES.values():
        assert (members[0].factor, members[0].offset) == (1.0, 0.0)


@pytest.mark.parametrize("abbreviation", ["degC", "bar", "m3/h", "%", "kW", "RPM", "V", "A", "MW"])
def test_the_units_of_the_plant_are_there(abbreviation: str) -> None:
    assert any(unit.abbreviation == abbreviation for members in UNIT_CLASSES.values() for unit in members)
