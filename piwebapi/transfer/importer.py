"""Imports an AF XML export into an asset database, a new one or one that is here already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element as XmlElement

from django.db import DataError, IntegrityError, transaction

from piwebapi.core.webid import fold
from piwebapi.models import AssetDatabase, AssetServer

from . import library, points, tables, templates, units
from .document import BadFile, Document, Node
from .elements import Elements
from .further import parts
from .report import Report
from .target import Target, extended_properties

#: what is read; everything else that stands beside the elements is reported
UNDERSTOOD = {
    *library.CATEGORIES,
    *("AFReferenceType", "AFEnumerationSet", "AFTable", "UOM", "UOMClass"),
    *("AFExtendedProperty", "AFElementTemplate", "AFAnalysisTemplate", "AFElement", "AFElementRef", "AFAnalysis"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """`server` and `database` are names; empty: those of the file. `create_points` creates stored points that
    references name and that are missing."""

    server: str = ""
    database: str = ""
    create_points: bool = False


def run(document: Document, options: Options, *, now: int, tell: Callable[[int], None] = lambda more: None) -> Report:
    """Imports in one transaction: all of it or, with `BadFile`, nothing. `now` in ticks; `tell` hears of elements.

    Cost: the file is parsed about ten times and one root element is kept in memory; some ten thousand
    attributes a minute are far below what it takes.
    """
    report = Report()
    try:
        with transaction.atomic():
            database = _imported(document, options, report, now, tell)
    except RecursionError:
        raise BadFile(f"The objects of the file '{document.path}' are nested too deeply.") from None
    except (DataError, IntegrityError, OverflowError) as error:
        reason = str(error).splitlines()[0]
        raise BadFile(f"The file '{document.path}' has something that cannot be kept: {reason}.") from None
    for tag, count in document.counts.items():
        if tag not in UNDERSTOOD and not any(tag in part.tags for part in parts):
            for _ in range(count):
                report.gap(tag, f"{database.name}")
    return report


def _imported(
    document: Document, options: Options, report: Report, now: int, tell: Callable[[int], None]
) -> AssetDatabase:
    server = _server(document, options)
    database = _database(document, options, server, report)
    known = units.Units(server, report)
    units.read(document, known, report)
    target = Target(database, report, now, document.ids, known)
    library.read_categories(document, target)
    library.read_reference_types(document, target)
    library.read_enumerations(document, target)
    tables.read_tables(document, target)
    templates.read_templates(document, target)
    elements = Elements(document, target)
    elements.read(tell)
    target.elements = elements.drafts.known
    points.find(target, create=options.create_points)
    for part in parts:
        part.read(document, target)
    return database


def _server(document: Document, options: Options) -> AssetServer:
    """The named one, else the oldest one here, else a new one named as in the file."""
    rows = AssetServer.objects.order_by("created", "name_key")
    if not options.server:
        found = rows.first()
        if found is not None:
            return found
    name = options.server or document.head.get("PISystem", "") or "AF"
    return rows.filter(name_key=fold(name)).first() or AssetServer.objects.create(name=name)


def _database(document: Document, options: Options, server: AssetServer, report: Report) -> AssetDatabase:
    name = options.database or document.database.get("Name") or document.head.get("Database", "")
    if not name:
        raise BadFile(f"The file '{document.path}' names no database; give a name for it.")
    known = AssetDatabase.objects.filter(server=server, name_key=fold(name)).first()
    description = document.database.get("Description") or document.head.get("Description", "")
    for tag in document.database:
        if tag not in ("Name", "Description", "id"):
            report.gap("security settings" if tag.startswith("Security") else f"AFDatabase/{tag}", name)
    properties = _properties(document, report)
    if known is None:
        report.created["asset databases"] += 1
        return AssetDatabase.objects.create(
            server=server, name=name, description=description, extended_properties=properties
        )
    before = {name: str(value.get("Value", "")) for name, value in known.extended_properties.items()}
    told = {name: value for name, value in properties.items() if before.get(name) != value["Value"]}
    if known.description != description or told:
        known.description = description
        known.extended_properties |= told
        known.save(update_fields=["description", "extended_properties", "modified"])
        report.updated["asset databases"] += 1
    return known


def _properties(document: Document, report: Report) -> dict[str, dict[str, object]]:
    """Extended properties of the database itself."""
    home = XmlElement("AFDatabase")
    home.extend(document.objects("AFExtendedProperty"))
    return extended_properties(Node(home, "AFDatabase"), report)
