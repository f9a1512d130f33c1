"""What the data references of many attributes may ask for, read in bulk.

A `Surroundings` is made for one job and thrown away: it remembers what it has read. It evaluates Table
Lookup and String Builder and reads static values; the values of points, formulas and analyses come from a
callback, since this layer knows no streams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from piwebapi.core.chunks import chunks
from piwebapi.core.webid import fold
from piwebapi.models import (
    AssetDatabase,
    Attribute,
    DataServer,
    Element,
    EnumerationValue,
    OwnedAttribute,
    Table,
)
from piwebapi.references import stringbuilder, tablelookup
from piwebapi.references.context import Unresolved
from piwebapi.references.relative import Place, locate
from piwebapi.references.rows import Rows
from piwebapi.references.values import converted

#: the data references that need no stream
EVALUATED = {tablelookup.NAME: tablelookup.evaluate, stringbuilder.NAME: stringbuilder.evaluate}
#: the value of an attribute whose data reference needs a stream; raises `Unresolved` when there is none
Live = Callable[[OwnedAttribute], object]


class Surroundings:
    """Queries: the elements and databases of the given attributes once; when values of attributes are asked
    for, once for all attributes of these elements, then once per other element; once per table and per set of
    states. Attributes of event frames read their frame each."""

    def __init__(self, attributes: Iterable[OwnedAttribute], live: Live | None = None) -> None:
        self.live = live
        self._elements: dict[UUID, Element] = {}
        for chunk in chunks(list({row.element_id for row in attributes if isinstance(row, Attribute)})):
            rows = Element.objects.filter(pk__in=chunk).select_related("database__server", "template")
            self._elements |= {row.pk: row for row in rows}
        self._trails: dict[tuple[UUID, str], dict[str, OwnedAttribute]] = {}
        self._tables: dict[tuple[UUID, str], Rows] = {}
        self._states: dict[UUID, dict[int, str]] = {}
        self._servers: dict[UUID, DataServer | None] = {}
        self._open: set[UUID] = set()

    def of(self, attribute: OwnedAttribute) -> Surrounding:
        """The `references.context.Context` of one attribute."""
        if not isinstance(attribute, Attribute):
            frame = attribute.frame
            return Surrounding(self, attribute, frame, frame.primary_element)
        element = self._elements.get(attribute.element_id)
        if element is None:
            rows = Element.objects.select_related("database__server", "template")
            element = self._elements[attribute.element_id] = rows.get(pk=attribute.element_id)
        return Surrounding(self, attribute, element, element)

    def evaluate(self, attribute: OwnedAttribute) -> object:
        """The value now, of the type that the attribute declares; None = no data. Raises `Unresolved`, and
        `BadConfig` for a configuration string that is not understood."""
        if not attribute.data_reference:
            return self._static(attribute)
        if attribute.pk in self._open:
            raise Unresolved(f"The attribute '{attribute.trail}' refers to itself in a circle.")
        self._open.add(attribute.pk)
        try:
            return self._referred(attribute)
        finally:
            self._open.discard(attribute.pk)

    def _referred(self, attribute: OwnedAttribute) -> object:
        if attribute.data_reference in EVALUATED:
            evaluate = EVALUATED[attribute.data_reference]
            return _typed(attribute, evaluate(attribute.config_string, self.of(attribute)))
        if self.live is None:
            raise Unresolved(f"The attribute '{attribute.trail}' has no value without its stream.")
        return self.live(attribute)

    def _static(self, attribute: OwnedAttribute) -> object:
        """The stored value; states of an enumeration by their name."""
        if attribute.enumeration_set_id is None or not isinstance(attribute.value, int):
            return _typed(attribute, attribute.value)
        key = attribute.enumeration_set_id
        if key not in self._states:
            states = EnumerationValue.objects.filter(enumeration_set=key)
            self._states[key] = dict(states.values_list("value", "name"))
        return self._states[key].get(attribute.value)

    def find(self, database: AssetDatabase, place: Place) -> OwnedAttribute:
        """An attribute of an element."""
        if place.server and fold(place.server) != database.server.name_key:
            raise Unresolved(f"The asset server '{place.server}' is not the own one.")
        database_id = database.pk
        if place.database and fold(place.database) != database.name_key:
            other = AssetDatabase.objects.filter(server=database.server_id, name_key=fold(place.database)).first()
            if other is None:
                raise Unresolved(f"There is no database '{place.database}'.")
            database_id = other.pk
        trails = self._attributes(database_id, fold("\\".join(place.elements)))
        attribute = trails.get(fold("|".join(place.attributes)))
        if attribute is None:
            raise Unresolved(f"There is no attribute '{place.path}'.")
        return attribute

    def _attributes(self, database_id: UUID, path_key: str) -> dict[str, OwnedAttribute]:
        if not self._trails:
            self._read_own()
        key = (database_id, path_key)
        if key not in self._trails:
            rows = Attribute.objects.filter(element__database=database_id, element__path_key=path_key)
            self._trails[key] = {row.trail_key: row for row in rows}
        return self._trails[key]

    def _read_own(self) -> None:
        for element in self._elements.values():
            self._trails[element.database_id, element.path_key] = {}
        for chunk in chunks(list(self._elements)):
            for row in Attribute.objects.filter(element__in=chunk):
                element = self._elements[row.element_id]
                self._trails[element.database_id, element.path_key][row.trail_key] = row

    def table(self, database_id: UUID, name: str) -> Rows:
        key = (database_id, fold(name))
        if key not in self._tables:
            table = Table.objects.filter(database=database_id, name_key=key[1]).first()
            if table is None:
                raise Unresolved(f"There is no table '{name}'.")
            self._tables[key] = Rows(table.columns, table.rows)
        return self._tables[key]

    def data_server(self, database: AssetDatabase) -> DataServer | None:
        """The one that ``%Server%`` means: named by the extended property DefaultPIServer of the database,
        else the oldest one."""
        if database.pk not in self._servers:
            named = database.extended_properties.get("DefaultPIServer") or {}
            servers = DataServer.objects.order_by("created", "name_key")
            chosen = servers.filter(name_key=fold(str(named.get("Value", "")))).first()
            self._servers[database.pk] = chosen or servers.first()
        return self._servers[database.pk]


@dataclass(frozen=True, slots=True)
class Surrounding:
    """The context of one attribute. `owner` is its element or event frame; an event frame has the element that
    it is about, or None."""

    around: Surroundings
    attribute: OwnedAttribute
    owner: Any
    element: Element | None

    @property
    def elements(self) -> tuple[str, ...]:
        return tuple(self.element.path.split("\\")) if self.element is not None else ()

    @property
    def attributes(self) -> tuple[str, ...]:
        return tuple(self.attribute.trail.split("|"))

    def text(self, parameter: str) -> str | None:
        database = self.owner.database
        if parameter == "server":
            server = self.around.data_server(database)
            if server is None:
                raise Unresolved("There is no data server that %Server% could name.")
            return server.name
        known = {
            "database": database.name,
            "system": database.server.name,
            "template": self.owner.template.name if self.owner.template else "",
            "description": self.attribute.description,
            "attributeid": str(self.attribute.pk),
        }
        if self.element is not None:
            known |= {"elementdescription": self.element.description, "elementid": str(self.element.pk)}
        if self.owner is not self.element:
            known |= {"eventframe": self.owner.name, "eventframeid": str(self.owner.pk)}
        return known.get(parameter)

    def value(self, path: str) -> object:
        if self.owner is not self.element and "\\" not in path:
            return self.around.evaluate(self._beside(path))
        place = locate(path, self.elements, self.attributes)
        return self.around.evaluate(self.around.find(self.owner.database, place))

    def _beside(self, path: str) -> OwnedAttribute:
        """Another attribute of the same event frame."""
        trail = "|".join(locate(path, (self.owner.name,), self.attributes).attributes)
        found = self.owner.attributes.filter(trail_key=fold(trail)).first()
        if found is None:
            raise Unresolved(f"The event frame has no attribute '{trail}'.")
        return found

    def table(self, name: str) -> Rows:
        return self.around.table(self.owner.database_id, name)


def _typed(attribute: OwnedAttribute, value: object) -> object:
    try:
        return converted(value, attribute.type)
    except ValueError:
        raise Unresolved(f"'{value}' of '{attribute.trail}' is no {attribute.type}.") from None
