"""Units of measure against the definitions of another library (pint)."""

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
    "mmHg": "mmHg",
    "inHg": "inHg",
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
    "ppm": "ppm",
    "Ah": "ampere*hour",
    "m3/d": "m**3/day",
    "t/d": "tonne/day",
    "C": "coulomb",
    "week": "week",
}
#: not known to pint: var and its multiples, dozen, ratio, ppb
OURS = {"var", "kvar", "Mvar", "dozen", "ratio", "ppb", "count"}
CASES = [
    pytest.param(units[0], unit, id=unit.abbreviation)
    for units in UNIT_CLASSES.values()
    for unit in units
    if unit.abbreviation not in OURS
]


def expression(unit: UnitFacts) -> str:
    text = PINT.get(unit.abbreviation, unit.abbreviation)
    for letter in ("m", "t", "n"):  # m2, ft3, in3 -> powers
        for power in "23":
            text = text.replace(letter + power, f"{letter}**{power}")
    return text.replace("mi2", "mi**2").replace("mi**2", "mile**2")


@pytest.mark.parametrize(("canonical", "unit"), CASES)
def test_a_factor_is_that_of_the_definition(canonical: UnitFacts, unit: UnitFacts) -> None:
    if unit.abbreviation in ("degC", "degF", "degR", "K"):
        temperature = REGISTRY.Quantity(100.0, unit.abbreviation)
        assert 100.0 * unit.factor + unit.offset == pytest.approx(temperature.to("K").magnitude, rel=1e-12)
        return
    one = REGISTRY.Quantity(1.0, expression(unit)) if "*" not in expression(unit)[:6] else REGISTRY(expression(unit))
    assert unit.factor == pytest.approx(one.to(expression(canonical)).magnitude, rel=1e-6)
    assert unit.offset == 0.0


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
