"""Attribute traits: what an attribute means beside its name (limits, forecasts, places, reasons, health)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trait:
    """`on_root`: also an attribute without parent may have it; `numeric`, `textual`: what its values must be;
    `inherits`: type and unit are those of the parent."""

    name: str
    category: str
    abbreviation: str
    on_root: bool = False
    numeric: bool = False
    textual: bool = False
    inherits: bool = False


TRAITS = (
    *(
        Trait(f"Limit{name}", "Limit", name, numeric=True, inherits=True)
        for name in ("Minimum", "LoLo", "Lo", "Target", "Hi", "HiHi", "Maximum")
    ),
    Trait("Forecast", "Forecast", "Forecast", inherits=True),
    *(
        Trait(f"Location{name}", "Location", name, on_root=True, numeric=True)
        for name in ("Latitude", "Longitude", "Altitude")
    ),
    Trait("Reason", "Reason", "Reason", on_root=True),
    Trait("HealthScore", "Health", "Score", on_root=True, numeric=True),
    Trait("HealthStatus", "Health", "Status", on_root=True),
)
CATEGORIES = tuple(dict.fromkeys(trait.category for trait in TRAITS))


def named(name: str) -> Trait | None:
    return next((trait for trait in TRAITS if trait.name.lower() == name.lower()), None)


def of_categories(names: tuple[str, ...]) -> tuple[Trait, ...]:
    """No names, or one that is ``all``: every trait. A name may be in the plural."""
    wanted = {name.lower().removesuffix("s") for name in names}
    if not wanted or "all" in wanted:
        return TRAITS
    return tuple(trait for trait in TRAITS if trait.category.lower() in wanted)
