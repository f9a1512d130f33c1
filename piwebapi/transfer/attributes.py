"""Attributes of the elements of a file: what they have beyond their templates, and in what they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element as XmlElement

from piwebapi.core.chunks import chunks
from piwebapi.core.ticks import from_datetime
from piwebapi.core.webid import fold
from piwebapi.models import Attribute, AttributeCategory, OwnedAttribute
from piwebapi.references.values import moment

from .attributefields import read_fields
from .document import BadFile, Node
from .drafts import link_categories
from .target import Target, checked_name, is_removed


class Attributes:
    """For the given elements (or objects of another kind, with their `model` of attributes and its column `owner`),
    whose attributes of templates exist already. An attribute in which one differs from its template counts as
    updated."""

    def __init__(
        self,
        target: Target,
        nodes: Sequence[tuple[Any, Node]],
        model: type[OwnedAttribute] = Attribute,
        owner: str = "element",
    ) -> None:
        self.target, self.model, self.owner = target, model, f"{owner}_id"
        owners = [element.pk for element, node in nodes if node.has("AFAttribute")]
        rows = [
            row
            for chunk in chunks(owners)
            for row in model._default_manager.filter(**{f"{owner}__in": chunk}).select_related("enumeration_set")
        ]
        self.drafts = target.drafts(model, rows, lambda row: (getattr(row, self.owner), row.trail_key))
        self.categories: dict[UUID, list[UUID]] = {}

    def read(self, xml: XmlElement, path: str, element: Any, above: str) -> None:
        """`above` is the trail of the parent attribute."""
        node = Node(xml, f"{path}|{xml.findtext('Name', '')}")
        if is_removed(node, self.target.report):
            return
        name = checked_name(node)
        trail = f"{above}|{name}" if above else name
        key = (element.pk, fold(trail))
        known = self.drafts.known.get(key)
        base = known if known is not None and known.template_id else None
        columns = read_fields(node, self.target, base)
        if base is None:
            parent = self.drafts.known[element.pk, fold(above)] if above else None
            columns |= {"name": name, "trail": trail, "parent_id": parent.pk if parent else None}
        columns |= self._set_at(node, columns, known)
        made = self.drafts.put(key, node.id, **{self.owner: element.pk}, **columns)
        if base is None or node.has("AFAttributeCategoryRef"):
            self.categories[made.pk] = self.target.category_ids(node, "AFAttributeCategoryRef", AttributeCategory)
        for child in node.children("AFAttribute"):
            self.read(child, node.path, element, trail)
        unit = made.unit.abbreviation.lower() if made.unit_id else ""
        node.expect("UOM", unit)
        node.expect("Status", "good")
        node.finish(self.target.report)

    def _set_at(self, node: Node, columns: dict[str, Any], known: OwnedAttribute | None) -> dict[str, int | None]:
        """When the value was set: as the file tells, else now if it is another one."""
        text = node.text("Timestamp")
        if text:
            try:
                return {"value_ticks": from_datetime(moment(text))}
            except ValueError:
                raise BadFile(f"<Timestamp> of '{node.path}' is no point in time: '{text}'.") from None
        if "value" not in columns or (known is not None and known.value == columns["value"]):
            return {}
        return {"value_ticks": None if columns["value"] is None else self.target.now}

    def save(self) -> None:
        self.drafts.save()
        link_categories(self.model, self.categories)
