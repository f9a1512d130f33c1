"""Tables of a file: the columns out of an XML schema, the rows out of the data set beside it."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element as XmlElement

from piwebapi.core.webid import fold
from piwebapi.models import Table, TableCategory
from piwebapi.references.values import converted, iso, moment

from .document import BadFile, Document, Node
from .drafts import link_categories
from .target import Target, checked_name, is_removed

_SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
_CODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
#: types of XML schema, as .NET writes them, to the names of .NET
TYPES = {
    "string": "String",
    "boolean": "Boolean",
    "byte": "Int16",
    "unsignedByte": "Byte",
    "short": "Int16",
    "unsignedShort": "Int32",
    "int": "Int32",
    "unsignedInt": "Int64",
    "long": "Int64",
    "unsignedLong": "Double",
    "integer": "Int64",
    "float": "Single",
    "double": "Double",
    "decimal": "Double",
    "dateTime": "DateTime",
    "date": "DateTime",
}


def read_tables(document: Document, target: Target) -> None:
    rows = Table.objects.filter(database=target.database)
    drafts = target.drafts(Table, rows, lambda row: row.name_key)
    categories = {}
    for xml in document.objects("AFTable"):
        node = Node(xml, f"Tables[{xml.findtext('Name', '')}]")
        if is_removed(node, target.report):
            continue
        name = checked_name(node)
        columns = _columns(node, target)
        table = drafts.put(
            fold(name),
            node.id,
            database_id=target.database.pk,
            name=name,
            description=node.text("Description"),
            time_zone=node.text("TimeZone") or "UTC",
            convert_to_local_time=node.flag("ConvertToLocalTime"),
            columns={_plain(column): kind for column, kind in columns.items()},
            rows=_rows(node, columns, target),
        )
        categories[table.pk] = target.category_ids(node, "AFTableCategoryRef", TableCategory)
        node.expect("ExternalPersist", "false")
        node.expect("CacheInterval", "0")
        node.finish(target.report)
    drafts.save()
    link_categories(Table, categories)


def _columns(node: Node, target: Target) -> dict[str, str]:
    """Names as the schema writes them, to types. The first element with a type is the first column."""
    columns: dict[str, str] = {}
    for schema in node.children("Schema"):
        for element in schema.iter(f"{_SCHEMA}element"):
            if element.find(f"{_SCHEMA}complexType") is not None:
                continue  # the data set, or the row
            kind = element.get("type") or _restricted(element)
            known = TYPES.get(kind.rpartition(":")[2])
            if known is None:
                target.report.gap("column of a table with an unknown type, kept as text", f"{node.path} -> {kind}")
            columns[element.get("name", "")] = known or "String"
    return columns


def _restricted(element: XmlElement) -> str:
    """The base of a type in place, as .NET writes texts with a longest length."""
    base = element.find(f".//{_SCHEMA}restriction")
    return base.get("base", "") if base is not None else ""


def _rows(node: Node, columns: dict[str, str], target: Target) -> list[list[object]]:
    rows = []
    for table in node.children("DataTable"):
        for data_set in table:
            for row in data_set:
                rows.append(_row(node, row, columns, target))
    return rows


def _row(node: Node, row: XmlElement, columns: dict[str, str], target: Target) -> list[object]:
    """A cell that the row does not name is empty."""
    cells: dict[str, object] = {}
    for cell in row:
        if cell.tag not in columns:
            target.report.gap("cell of a table without a column", f"{node.path} -> {_plain(cell.tag)}")
            continue
        text = cell.text or ""
        try:
            cells[cell.tag] = _cell(text, columns[cell.tag])
        except ValueError:
            raise BadFile(
                f"In '{node.path}' the cell '{text}' of the column '{_plain(cell.tag)}' is no {columns[cell.tag]}."
            ) from None
    return [cells.get(column) for column in columns]


def _cell(text: str, kind: str) -> object:
    """As JSON keeps it: points in time as text in UTC."""
    if kind == "String":
        return text
    if not text.strip():
        return None
    return iso(moment(text)) if kind == "DateTime" else converted(text, kind)


def _plain(name: str) -> str:
    """.NET writes characters that XML does not allow in names as ``_x0020_``."""
    return _CODED.sub(lambda found: chr(int(found[1], 16)), name)
