"""Units of measure: those of the file, and the usual ones where the asset server lacks them."""

from __future__ import annotations

from piwebapi.core.webid import fold
from piwebapi.demo.uoms import UNIT_CLASSES
from piwebapi.models import AssetServer, Unit, UnitClass

from .document import Document, Node
from .drafts import Drafts
from .report import Report
from .target import checked_name

_SIGNS = str.maketrans({"°": "deg", "²": "2", "³": "3", "µ": "u", "Ω": "ohm"})


class Units:
    """Finds a unit by its abbreviation, else by its name. A usual unit that the server lacks comes with its
    class."""

    def __init__(self, server: AssetServer, report: Report) -> None:
        self.server, self.report = server, report
        self.classes = {row.name_key: row for row in UnitClass.objects.filter(server=server)}
        self.units: dict[str, Unit] = {}
        self.abbreviations: dict[str, Unit] = {}
        for unit in Unit.objects.filter(unit_class__server=server):
            self.add(unit)

    def add(self, unit: Unit) -> None:
        self.units.setdefault(fold(unit.name), unit)
        self.abbreviations.setdefault(unit.abbreviation, unit)

    def __call__(self, name: str) -> Unit | None:
        for spelling in (name, name.translate(_SIGNS)):
            found = self.abbreviations.get(spelling) or self.units.get(fold(spelling))
            if found is not None:
                return found
        return self._usual(name) or self._usual(name.translate(_SIGNS))

    def _usual(self, name: str) -> Unit | None:
        for class_name, members in UNIT_CLASSES.items():
            if any(name == unit.abbreviation or fold(name) == fold(unit.name) for unit in members):
                if fold(class_name) in self.classes:
                    return None  # the server's own class of that name does not have it: its factors may differ
                self._create(class_name)
                return self.abbreviations.get(name) or self.units.get(fold(name))
        return None

    def _create(self, class_name: str) -> None:
        made = UnitClass.objects.create(server=self.server, name=class_name)
        self.classes[made.name_key] = made
        members = UNIT_CLASSES[class_name]
        units = [Unit(unit_class=made, canonical=unit is members[0], **unit.columns) for unit in members]
        for unit in units[1:]:
            unit.reference = units[0]
        for unit in Unit.objects.bulk_create(units):
            self.add(unit)
        self.report.created["unit classes"] += 1
        self.report.created["units"] += len(units)


def read(document: Document, units: Units, report: Report) -> None:
    """The unit classes and units of the file. Those that the server has stay: other databases count with them."""
    classes = Drafts(UnitClass, units.classes, report, document.ids, update=False)
    canonical: dict[str, str] = {}
    for xml in document.objects("UOMClass"):
        node = Node(xml, f"UOMClasses[{xml.findtext('Name', '')}]")
        made = classes.put(
            fold(node.name),
            node.id,
            server_id=units.server.pk,
            name=checked_name(node),
            description=node.text("Description"),
        )
        canonical[fold(made.name)] = fold(node.text("CanonicalUOM"))
        node.expect("CanonicalAbbr", node.xml.findtext("CanonicalAbbr", "").strip().lower())
        node.expect("CanonicalID", node.xml.findtext("CanonicalID", "").strip().lower())
        node.finish(report)
    classes.save()
    _read_units(document, units, canonical, report)


def _read_units(document: Document, units: Units, canonical: dict[str, str], report: Report) -> None:
    drafts = Drafts(Unit, dict(units.units), report, document.ids, update=False)
    references: dict[str, str] = {}
    for xml in document.objects("UOM"):
        node = Node(xml, f"UOMDatabase\\{xml.findtext('Name', '')}")
        home = units.classes.get(fold(node.text("Class")))
        there = drafts.known.get(fold(node.name))
        if home is None or node.has("RefFormulaFrom") or (there and there.unit_class_id != home.pk):
            report.gap("UOM without a class, by a formula, or of another class here", node.path)
            continue
        unit = drafts.put(
            fold(node.name),
            node.id,
            unit_class_id=home.pk,
            name=checked_name(node),
            abbreviation=node.text("Abbreviation") or node.name,
            description=node.text("Description"),
            reference_factor=node.number("RefFactor", 1.0),
            reference_offset=node.number("RefOffset", 0.0),
            canonical=canonical.get(home.name_key or fold(home.name)) == fold(node.name),
        )
        references[fold(unit.name)] = fold(node.text("RefUOM"))
        node.expect("Factor", node.xml.findtext("Factor", "").strip().lower())  # follow from the reference
        node.expect("Offset", node.xml.findtext("Offset", "").strip().lower())
        node.finish(report)
    _chain(drafts, references)
    drafts.save()
    for unit in drafts.known.values():
        units.add(unit)


def _chain(drafts: Drafts[Unit], references: dict[str, str]) -> None:
    """Reference units, and with them the factors to the canonical unit, for new units only."""
    canonical = {unit.unit_class_id: unit for unit in drafts.known.values() if unit.canonical}
    for key, unit in drafts.new.items():
        reference = drafts.known.get(references.get(key, ""))
        unit.reference = None if unit.canonical else reference or canonical.get(unit.unit_class_id)
        if not references.get(key):
            unit.factor, unit.offset = unit.reference_factor, unit.reference_offset
            continue
        step: Unit | None = unit
        factor, offset, seen = 1.0, 0.0, set()
        while step is not None and fold(step.name) not in seen:
            seen.add(fold(step.name))
            through = references.get(fold(step.name), "")
            by = (step.reference_factor, step.reference_offset) if through else (step.factor, step.offset)
            factor, offset = factor * by[0], offset * by[0] + by[1]
            step = drafts.known.get(through)
        unit.factor, unit.offset = factor, offset
