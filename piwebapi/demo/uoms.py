"""Units of measure: value in the canonical unit = value * factor + offset.

Exact definitions of SI Brochure (9th edition) and NIST SP 811, appendix B. Names and abbreviations are
unique over all classes, because clients name a unit without its class; abbreviations count by their case
(`mL` and `ML` would be two), so that no two differ by case only.
"""

from __future__ import annotations

from math import pi
from typing import Any, NamedTuple


class UnitFacts(NamedTuple):
    name: str
    abbreviation: str
    factor: float
    offset: float = 0.0

    @property
    def columns(self) -> dict[str, Any]:
        """As a row tells it; the reference of every unit is the canonical one of its class."""
        reference = {"reference_factor": self.factor, "reference_offset": self.offset}
        return {**self._asdict(), **reference}


#: class: its units; the first one is the canonical one
Units = tuple[UnitFacts, ...]
U = UnitFacts

INCH = 0.0254
FOOT = 0.3048
MILE = 1609.344
POUND = 0.45359237
GRAVITY = 9.80665
US_GALLON = 231 * INCH**3
IMPERIAL_GALLON = 0.00454609
BARREL = 42 * US_GALLON
POUND_FORCE = POUND * GRAVITY
BTU = 1055.05585262
HOUR = 3600.0
DAY = 86400.0

_SPACE: dict[str, Units] = {
    "Acceleration": (
        U("meter per second squared", "m/s2", 1.0),
        U("foot per second squared", "ft/s2", FOOT),
    ),
    "Angular Velocity": (
        U("radian per second", "rad/s", 1.0),
        U("degree per second", "deg/s", pi / 180),
        U("revolution per minute", "RPM", pi / 30),
        U("revolution per second", "r/s", 2 * pi),
    ),
    "Area": (
        U("square meter", "m2", 1.0),
        U("square millimeter", "mm2", 1e-6),
        U("square centimeter", "cm2", 1e-4),
        U("square kilometer", "km2", 1e6),
        U("hectare", "ha", 1e4),
        U("square inch", "in2", INCH**2),
        U("square foot", "ft2", FOOT**2),
        U("square mile", "mi2", MILE**2),
    ),
    "Frequency": (
        U("hertz", "Hz", 1.0),
        U("kilohertz", "kHz", 1e3),
        U("megahertz", "MHz", 1e6),
        U("cycle per minute", "cpm", 1 / 60),
    ),
    "Length": (
        U("meter", "m", 1.0),
        U("micrometer", "um", 1e-6),
        U("millimeter", "mm", 1e-3),
        U("centimeter", "cm", 1e-2),
        U("kilometer", "km", 1e3),
        U("inch", "in", INCH),
        U("foot", "ft", FOOT),
        U("yard", "yd", 3 * FOOT),
        U("mile", "mi", MILE),
    ),
    "Plane Angle": (
        U("radian", "rad", 1.0),
        U("degree", "deg", pi / 180),
        U("revolution", "r", 2 * pi),
    ),
    "Speed": (
        U("meter per second", "m/s", 1.0),
        U("millimeter per second", "mm/s", 1e-3),
        U("meter per minute", "m/min", 1 / 60),
        U("kilometer per hour", "km/h", 1 / 3.6),
        U("foot per second", "ft/s", FOOT),
        U("foot per minute", "ft/min", FOOT / 60),
        U("mile per hour", "mi/h", MILE / HOUR),
        U("knot", "kn", 1852 / HOUR),
    ),
    "Time": (
        U("second", "s", 1.0),
        U("microsecond", "us", 1e-6),
        U("millisecond", "ms", 1e-3),
        U("minute", "min", 60.0),
        U("hour", "h", HOUR),
        U("day", "day", DAY),
        U("week", "week", 7 * DAY),
    ),
    "Volume": (
        U("cubic meter", "m3", 1.0),
        U("cubic centimeter", "cm3", 1e-6),
        U("milliliter", "mL", 1e-6),
        U("liter", "L", 1e-3),
        U("cubic inch", "in3", INCH**3),
        U("cubic foot", "ft3", FOOT**3),
        U("US gallon", "US gal", US_GALLON),
        U("Imperial gallon", "Imp gal", IMPERIAL_GALLON),
        U("barrel", "bbl", BARREL),
    ),
    "Volume Flow Rate": (
        U("cubic meter per second", "m3/s", 1.0),
        U("cubic meter per minute", "m3/min", 1 / 60),
        U("cubic meter per hour", "m3/h", 1 / HOUR),
        U("cubic meter per day", "m3/d", 1 / DAY),
        U("liter per second", "L/s", 1e-3),
        U("liter per minute", "L/min", 1e-3 / 60),
        U("liter per hour", "L/h", 1e-3 / HOUR),
        U("cubic foot per second", "ft3/s", FOOT**3),
        U("cubic foot per minute", "ft3/min", FOOT**3 / 60),
        U("cubic foot per hour", "ft3/h", FOOT**3 / HOUR),
        U("US gallon per minute", "US gal/min", US_GALLON / 60),
        U("US gallon per hour", "US gal/h", US_GALLON / HOUR),
        U("barrel per hour", "bbl/h", BARREL / HOUR),
        U("barrel per day", "bbl/d", BARREL / DAY),
    ),
}
_MATTER: dict[str, Units] = {
    "Amount of Substance": (
        U("mole", "mol", 1.0),
        U("kilomole", "kmol", 1e3),
    ),
    "Density": (
        U("kilogram per cubic meter", "kg/m3", 1.0),
        U("gram per cubic centimeter", "g/cm3", 1e3),
        U("kilogram per liter", "kg/L", 1e3),
        U("gram per liter", "g/L", 1.0),
        U("pound per cubic foot", "lb/ft3", POUND / FOOT**3),
    ),
    "Dynamic Viscosity": (
        U("pascal second", "Pa*s", 1.0),
        U("poise", "P", 0.1),
        U("centipoise", "cP", 1e-3),
    ),
    "Force": (
        U("newton", "N", 1.0),
        U("kilonewton", "kN", 1e3),
        U("kilogram-force", "kgf", GRAVITY),
        U("pound-force", "lbf", POUND_FORCE),
    ),
    "Kinematic Viscosity": (
        U("square meter per second", "m2/s", 1.0),
        U("stokes", "St", 1e-4),
        U("centistokes", "cSt", 1e-6),
    ),
    "Mass": (
        U("kilogram", "kg", 1.0),
        U("milligram", "mg", 1e-6),
        U("gram", "g", 1e-3),
        U("tonne", "t", 1e3),
        U("ounce", "oz", POUND / 16),
        U("pound", "lb", POUND),
        U("short ton", "ton", 2000 * POUND),
        U("long ton", "lton", 2240 * POUND),
    ),
    "Mass Flow Rate": (
        U("kilogram per second", "kg/s", 1.0),
        U("gram per second", "g/s", 1e-3),
        U("kilogram per minute", "kg/min", 1 / 60),
        U("kilogram per hour", "kg/h", 1 / HOUR),
        U("tonne per hour", "t/h", 1e3 / HOUR),
        U("tonne per day", "t/d", 1e3 / DAY),
        U("pound per second", "lb/s", POUND),
        U("pound per hour", "lb/h", POUND / HOUR),
    ),
    "Pressure": (
        U("pascal", "Pa", 1.0),
        U("hectopascal", "hPa", 1e2),
        U("kilopascal", "kPa", 1e3),
        U("megapascal", "MPa", 1e6),
        U("millibar", "mbar", 1e2),
        U("bar", "bar", 1e5),
        U("atmosphere", "atm", 101325.0),
        U("millimeter of mercury", "mmHg", 133.322387415),
        U("inch of mercury", "inHg", 133.322387415 * 25.4),
        U("torr", "torr", 101325 / 760),
        U("kilogram-force per square centimeter", "kgf/cm2", GRAVITY * 1e4),
        U("pound-force per square inch", "psi", POUND_FORCE / INCH**2),
    ),
    "Torque": (
        U("newton meter", "N*m", 1.0),
        U("pound-force foot", "lbf*ft", POUND_FORCE * FOOT),
    ),
}
_ENERGY: dict[str, Units] = {
    "Apparent Power": (
        U("volt ampere", "VA", 1.0),
        U("kilovolt ampere", "kVA", 1e3),
        U("megavolt ampere", "MVA", 1e6),
    ),
    "Electric Charge": (
        U("coulomb", "C", 1.0),
        U("ampere hour", "Ah", HOUR),
    ),
    "Electric Current": (
        U("ampere", "A", 1.0),
        U("microampere", "uA", 1e-6),
        U("milliampere", "mA", 1e-3),
        U("kiloampere", "kA", 1e3),
    ),
    "Electric Potential": (
        U("volt", "V", 1.0),
        U("millivolt", "mV", 1e-3),
        U("kilovolt", "kV", 1e3),
    ),
    "Electric Resistance": (
        U("ohm", "ohm", 1.0),
        U("kilohm", "kohm", 1e3),
        U("megohm", "Mohm", 1e6),
    ),
    "Energy": (
        U("joule", "J", 1.0),
        U("kilojoule", "kJ", 1e3),
        U("megajoule", "MJ", 1e6),
        U("gigajoule", "GJ", 1e9),
        U("watt hour", "Wh", HOUR),
        U("kilowatt hour", "kWh", 1e3 * HOUR),
        U("megawatt hour", "MWh", 1e6 * HOUR),
        U("gigawatt hour", "GWh", 1e9 * HOUR),
        U("calorie", "cal", 4.1868),
        U("kilocalorie", "kcal", 4186.8),
        U("British thermal unit", "Btu", BTU),
        U("million British thermal units", "MMBtu", 1e6 * BTU),
    ),
    "Energy per Mass": (
        U("joule per kilogram", "J/kg", 1.0),
        U("kilojoule per kilogram", "kJ/kg", 1e3),
        U("British thermal unit per pound", "Btu/lb", BTU / POUND),
    ),
    "Power": (
        U("watt", "W", 1.0),
        U("kilowatt", "kW", 1e3),
        U("megawatt", "MW", 1e6),
        U("gigawatt", "GW", 1e9),
        U("horsepower", "hp", 550 * FOOT * POUND_FORCE),
        U("British thermal unit per hour", "Btu/h", BTU / HOUR),
    ),
    "Reactive Power": (
        U("volt ampere reactive", "var", 1.0),
        U("kilovolt ampere reactive", "kvar", 1e3),
        U("megavolt ampere reactive", "Mvar", 1e6),
    ),
    "Temperature": (
        U("kelvin", "K", 1.0),
        U("degree Celsius", "degC", 1.0, 273.15),
        U("degree Fahrenheit", "degF", 5 / 9, 459.67 * 5 / 9),
        U("degree Rankine", "degR", 5 / 9),
    ),
    "Temperature (Delta)": (
        U("delta kelvin", "delta K", 1.0),
        U("delta degree Celsius", "delta degC", 1.0),
        U("delta degree Fahrenheit", "delta degF", 5 / 9),
    ),
}
_NUMBERS: dict[str, Units] = {
    "Quantity": (
        U("count", "count", 1.0),
        U("dozen", "dozen", 12.0),
    ),
    "Ratio": (
        U("ratio", "ratio", 1.0),
        U("percent", "%", 1e-2),
        U("parts per million", "ppm", 1e-6),
        U("parts per billion", "ppb", 1e-9),
    ),
}
UNIT_CLASSES: dict[str, Units] = dict(sorted({**_SPACE, **_MATTER, **_ENERGY, **_NUMBERS}.items()))
