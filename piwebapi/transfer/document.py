"""An AF XML export of PI System Explorer, object by object.

The objects stand in the root ``AF``, in ``AFDatabase`` or in ``UOMDatabase``. The file is read as a stream,
one such object in memory at a time. Names of elements are those of the vendor's schema OSIsoft.AF.xsd,
version 2.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID
from xml.etree.ElementTree import Element as XmlElement
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from piwebapi.core.errors import BadRequest

from .report import Report

CONTAINERS = ("AF", "PISystem", "AFDatabase", "UOMDatabase")
REMOVED = ("delete", "remove")


class BadFile(BadRequest):
    """A file that cannot be imported, with a sentence that tells why."""


class Node:
    """One object of the file. It keeps account of what is read: the rest is reported by `finish`."""

    def __init__(self, xml: XmlElement, path: str = "") -> None:
        self.xml = xml
        self.path = path
        self._read: set[str] = set()

    @property
    def tag(self) -> str:
        return self.xml.tag

    @property
    def name(self) -> str:
        return self.text("Name")

    @property
    def id(self) -> UUID | None:
        return guid_of(self.text("id"))

    def has(self, tag: str) -> bool:
        return self.xml.find(tag) is not None

    def text(self, tag: str, default: str = "") -> str:
        """The text of the only child of this tag, without blanks around it; `default` when it is missing."""
        return self.raw(tag, default).strip()

    def raw(self, tag: str, default: str = "") -> str:
        self._read.add(tag)
        return self.xml.findtext(tag, default) or ""

    def flag(self, tag: str, default: bool = False) -> bool:
        text = self.text(tag).lower()
        if text not in ("", "true", "false", "1", "0"):
            raise BadFile(f"<{tag}> of '{self.path}' is neither true nor false: '{text}'.")
        return text in ("true", "1") if text else default

    def integer(self, tag: str, default: int) -> int:
        text = self.text(tag)
        try:
            return int(text) if text else default
        except ValueError:
            raise BadFile(f"<{tag}> of '{self.path}' is no whole number: '{text}'.") from None

    def number(self, tag: str, default: float) -> float:
        text = self.text(tag)
        try:
            return float(text) if text else default
        except ValueError:
            raise BadFile(f"<{tag}> of '{self.path}' is no number: '{text}'.") from None

    def attribute(self, name: str, default: str = "") -> str:
        self._read.add(f"@{name}")
        return self.xml.get(name, default)

    def children(self, *tags: str) -> list[XmlElement]:
        self._read.update(tags)
        return [child for child in self.xml if child.tag in tags]

    def texts(self, tag: str) -> list[str]:
        """Texts of the children of this tag; those marked as removed are left out."""
        return [(child.text or "").strip() for child in self.children(tag) if child.get("operation") not in REMOVED]

    def expect(self, tag: str, *usual: str) -> None:
        """A child that is known and has no place here: its usual texts say nothing, another one is
        reported."""
        if self.xml.findtext(tag, "").strip().lower() in (*usual, ""):
            self._read.add(tag)

    def finish(self, report: Report) -> None:
        """Reports every child and attribute that nobody has asked for."""
        for child in self.xml:
            if child.tag not in self._read:
                secured = child.tag.startswith("SecurityAccessControl")
                named = child.findtext("Name")
                where = f"{self.path} -> {named}" if named else self.path
                report.gap("security settings" if secured else f"{self.tag}/{child.tag}", where)
        for name in self.xml.attrib:
            if f"@{name}" not in self._read:
                report.gap(f"{self.tag}/@{name}", self.path)


class Document:
    """`head` has the attributes of the root (``PISystem``, ``Database``, ``Description`` ...), `database`
    the texts directly in ``AFDatabase``, `ids` all GUIDs and `elements` the number of elements. `BadFile`
    for a file that is no AF export, is not well formed, or uses entities or a DTD. With `content` nothing is
    read from the disk, and `path` only names what is read in sentences."""

    def __init__(self, path: Path, content: bytes | None = None) -> None:
        self.path = path
        self.content = content
        self.head: dict[str, str] = {}
        self.database: dict[str, str] = {}
        self.ids: set[UUID] = set()
        self.counts: dict[str, int] = {}
        self.elements = 0
        for parent, xml in self._stream():
            self.elements += sum(1 for _ in xml.iter("AFElement"))
            for text in xml.iter("id"):
                self.ids |= {found} if (found := guid_of(text.text or "")) else set()
            if parent == "AFDatabase" and not xml.tag.startswith("AF"):
                self.database[xml.tag] = (xml.text or "").strip()
            else:
                self.counts[xml.tag] = self.counts.get(xml.tag, 0) + 1

    def objects(self, *tags: str) -> Iterator[XmlElement]:
        """The objects of these tags in the order of the file; each is gone when the next one is asked for."""
        if any(tag in self.counts for tag in tags):
            yield from (xml for _, xml in self._stream() if xml.tag in tags)

    def _stream(self) -> Iterator[tuple[str, XmlElement]]:
        try:
            with self.path.open("rb") if self.content is None else BytesIO(self.content) as file:
                yield from self._parse(file)
        except OSError as error:
            raise BadFile(f"The file '{self.path}' cannot be read: {error.strerror}.") from None
        except ParseError as error:
            raise BadFile(f"The file '{self.path}' is no well-formed XML: {error}.") from None
        except DefusedXmlException:
            raise BadFile(f"The file '{self.path}' has a DTD or entities, which no AF export has.") from None

    def _parse(self, file: BinaryIO) -> Iterator[tuple[str, XmlElement]]:
        above: list[Any] = []
        for event, xml in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                if not above:
                    if xml.tag != "AF":
                        raise BadFile(f"The file '{self.path}' is no AF export: its root is <{xml.tag}>.")
                    self.head = dict(xml.attrib)
                above.append(xml)
                continue
            above.pop()
            if above and above[-1].tag in CONTAINERS and xml.tag not in CONTAINERS:
                yield above[-1].tag, xml
                above[-1].remove(xml)


def guid_of(text: str) -> UUID | None:
    try:
        return UUID(text.strip()) if text.strip() else None
    except ValueError:
        return None
