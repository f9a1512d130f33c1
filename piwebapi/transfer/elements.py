"""Elements of a file: the tree, with attributes, analyses and further parents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID
from xml.etree.ElementTree import Element as XmlElement

from piwebapi.core.chunks import chunks
from piwebapi.core.webid import fold
from piwebapi.models import Element, ElementCategory, ElementReference, ElementTemplate
from piwebapi.services import templates

from .analyses import Analyses
from .attributes import Attributes
from .document import BadFile, Document, Node, guid_of
from .drafts import link_categories
from .target import Target, checked_name, extended_properties, is_removed

#: versions of elements are not kept: these dates mean that there is only one
ALWAYS = {"EffectiveDate": "1970-01-01t00:00:00z", "ObsoleteDate": "9999-12-31t23:59:59z"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A further place of an element: below `parent` (None = root of the database), named by path or GUID."""

    parent: Element | None
    path: str
    id: UUID | None
    type: str
    node_path: str


class Elements:
    """Reads one root element after the other, so that no more than one is in memory."""

    def __init__(self, document: Document, target: Target) -> None:
        self.document, self.target = document, target
        rows = Element.objects.filter(database=target.database)
        self.drafts = target.drafts(Element, rows, lambda row: row.path_key)
        self.met: set[str] = set()
        self.by_id: dict[UUID, Element] = {}
        self.references: list[Reference] = []
        self.categories: dict[UUID, list[UUID]] = {}
        self.template_categories = _template_categories(target)

    def read(self, tell: Callable[[int], None]) -> None:
        for xml in self.document.objects("AFElement"):
            nodes = list(self._walk(xml, None))
            self.drafts.save()
            link_categories(Element, self.categories)
            self.categories = {}
            for some in chunks(nodes):
                self._furnish(some)
                tell(len(some))
        for xml in self.document.objects("AFElementRef"):
            self._refer(xml, None, "")
        self._save_references()
        self._read_analyses()

    def _walk(self, xml: XmlElement, parent: Element | None) -> Iterator[tuple[Element, Node]]:
        above = parent.path + "\\" if parent else ""
        node = Node(xml, above + xml.findtext("Name", ""))
        if is_removed(node, self.target.report):
            return
        id = node.id
        if id is not None and id in self.by_id:  # the same element once more: another parent
            type = node.attribute("ReferenceType")
            self.references.append(Reference(parent, "", id, type, node.path))
            return
        element = self._element(node, parent)
        if id is not None:
            self.by_id[id] = element
        yield element, node
        for child in node.children("AFElement"):
            yield from self._walk(child, element)
        for child in node.children("AFElementRef"):
            self._refer(child, element, node.path)

    def _element(self, node: Node, parent: Element | None) -> Element:
        name = checked_name(node)
        path = f"{parent.path}\\{name}" if parent else name
        template = self.target.templates.get(fold(node.text("Template")))
        if template is None and node.text("Template"):
            self.target.report.gap("element template that is not known", f"{path} -> {node.text('Template')}")
        key = fold(path)
        if key in self.met:
            raise BadFile(f"There are two elements '{path}' in the file.")
        self.met.add(key)
        element = self.drafts.put(
            key,
            node.id,
            database_id=self.target.database.pk,
            parent_id=parent.pk if parent else None,
            template_id=template.pk if template else None,
            name=name,
            path=path,
            description=node.text("Description"),
            extended_properties=extended_properties(node, self.target.report),
        )
        linked = self.target.category_ids(node, "AFElementCategoryRef", ElementCategory)
        if not node.has("AFElementCategoryRef") and template is not None:
            linked = self.template_categories.get(template.pk, [])
        self.categories[element.pk] = linked
        if parent is not None and node.attribute("ReferenceType", "Parent-Child") != "Parent-Child":
            self.target.report.gap("kind of reference to the first parent", node.path)
        node.attribute("ReferenceType")
        node.expect("DefaultAttribute", template.default_attribute.lower() if template else "")
        node.expect("IsAnnotated", "false")
        for tag, usual in ALWAYS.items():
            node.expect(tag, usual)
        return element

    def _furnish(self, nodes: list[tuple[Element, Node]]) -> None:
        """Attributes and analyses of saved elements."""
        made = templates.instantiate([element for element, _ in nodes], now=self.target.now, find_points=False)
        self.target.report.created += Counter({"attributes": len(made)})
        attributes, analyses = Attributes(self.target, nodes), Analyses(self.target, nodes)
        for element, node in nodes:
            for xml in node.children("AFAttribute"):
                attributes.read(xml, node.path, element, "")
            for xml in node.children("AFAnalysis"):
                analyses.read(Node(xml, f"{node.path}\\Analyses[{xml.findtext('Name', '')}]"), element)
            node.finish(self.target.report)
        attributes.save()
        analyses.save()

    def _refer(self, xml: XmlElement, parent: Element | None, path: str) -> None:
        node = Node(xml, path)
        if is_removed(node, self.target.report):
            return
        text, guid = (xml.text or "").strip(), node.attribute("id")
        self.references.append(
            Reference(parent, text, guid_of(guid), node.attribute("ReferenceType"), f"{path} -> {text or guid}")
        )

    def _save_references(self) -> None:
        rows = ElementReference.objects.filter(child__database=self.target.database)
        drafts = self.target.drafts(ElementReference, rows, lambda row: (row.child_id, row.parent_id))
        for reference in self.references:
            child = self._found(reference)
            parent_id = reference.parent.pk if reference.parent else None
            if child is None:
                self.target.report.gap("reference to an element that is not in the file", reference.node_path)
            elif self._circular(child, reference.parent):
                self.target.report.gap("reference of an element to one above it", reference.node_path)
            elif self._taken(child, reference.parent):
                self.target.report.gap("reference beside an element of the same name", reference.node_path)
            elif child.parent_id != parent_id:
                drafts.put(
                    (child.pk, parent_id),
                    child_id=child.pk,
                    parent_id=parent_id,
                    type=reference.type or "Parent-Child",
                )
        drafts.save()

    def _found(self, reference: Reference) -> Element | None:
        """By GUID; by a path with or without server and database; relative to the parent or from the root."""
        if reference.id in self.by_id:
            return self.by_id[reference.id]
        names = reference.path.split("\\")
        here = reference.parent.path.split("\\") if reference.parent else []
        if reference.path.startswith("\\\\"):
            names, here = names[4:], []
        for start in (here, []):
            path = list(start)
            for name in filter(None, names):
                if name != "..":
                    path += [] if name == "." else [name]
                elif path:
                    path.pop()
            if found := self.drafts.known.get(fold("\\".join(path))):
                return found
        return None

    def _circular(self, child: Element, parent: Element | None) -> bool:
        path = f"{fold(parent.path)}\\" if parent else ""
        return path.startswith(f"{fold(child.path)}\\")

    def _taken(self, child: Element, parent: Element | None) -> bool:
        path = f"{parent.path}\\{child.name}" if parent else child.name
        return self.drafts.known.get(fold(path), child) is not child

    def _read_analyses(self) -> None:
        """Those that stand beside the elements name them."""
        analyses = Analyses(self.target, [])
        for xml in self.document.objects("AFAnalysis"):
            node = Node(xml, f"Analyses[{xml.findtext('Name', '')}]")
            refs = [ref for home in node.children("Target") for ref in home]
            element = self._found(Reference(None, (refs[0].text or "").strip(), None, "", "")) if refs else None
            if element is None:
                self.target.report.gap("AFAnalysis without its element", node.path)
            else:
                analyses.read(node, element)
        analyses.save()


def _template_categories(target: Target) -> dict[UUID, list[UUID]]:
    """An element that names no category has those of its template."""
    found: dict[UUID, list[UUID]] = {}
    links = ElementTemplate.categories.through.objects.filter(elementtemplate__database=target.database)
    for template_id, category_id in links.values_list("elementtemplate_id", "elementcategory_id"):
        found.setdefault(template_id, []).append(category_id)
    return found
