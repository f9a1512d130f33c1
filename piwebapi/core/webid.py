"""Web ids 2.0: ``<type><version 1><marker>[owner]<fields>`` to and from values.

Every binary field is base64url without padding and is encoded on its own, so widths are fixed:
a GUID in Microsoft byte order takes 22 characters, the int32 of a point 6 (little-endian), and
the rest is the name payload: the path by names without its two leading backslashes, folded to
upper case, UTF-8. (PI Web API reference: webid-type, webid-encoding, webid-encoded-datatypes.)
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from uuid import UUID

from piwebapi.core.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Kind:
    """How an object type is written: two-letter marker, the owner letters that may follow it,
    an int32 instead of a GUID for points, and how many GUIDs follow that of the server."""

    name: str
    marker: str
    owners: tuple[str, ...] = ()  # owner letters; exactly one of them must follow the marker
    point: bool = False
    guids: int = 1  # 0: the server's GUID is the id; 2: the owner's (or the set's) comes first


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("AssetServer", "RS", guids=0),
        Kind("DataServer", "DS", guids=0),
        Kind("AssetDatabase", "RD"),
        Kind("Element", "Em"),
        Kind("ElementCategory", "EC"),
        Kind("ElementTemplate", "ET"),
        Kind("Attribute", "Ab", ("E", "F"), guids=2),
        Kind("AttributeCategory", "AC"),
        Kind("AttributeTemplate", "AT", ("E",), guids=2),
        Kind("EventFrame", "Fm"),
        Kind("Point", "DP", point=True, guids=0),
        # R: an enumeration set of the asset server. D: a digital set of the data server.
        Kind("EnumerationSet", "MS", ("R", "D")),
        Kind("EnumerationValue", "MV", ("R", "D"), guids=2),
        Kind("Table", "Bl"),
        Kind("TableCategory", "BC"),
        Kind("Analysis", "Xs"),
        Kind("AnalysisCategory", "XC"),
        Kind("AnalysisTemplate", "XT"),
        Kind("AnalysisRule", "XR", ("X", "T"), guids=2),
        Kind("AnalysisRulePlugIn", "XP"),
        Kind("TimeRule", "TR", ("X", "T"), guids=2),
        Kind("TimeRulePlugIn", "TP"),
        Kind("SecurityIdentity", "SI"),
        Kind("SecurityMapping", "SM"),
        Kind("Unit", "Ut"),
        Kind("UnitClass", "UC"),
        Kind("NotificationRule", "NR"),
        Kind("NotificationRuleTemplate", "NT"),
        Kind("NotificationRuleSubscriber", "NS", ("L", "T"), guids=2),
        Kind("NotificationContactTemplate", "NC"),
        Kind("NotificationPlugIn", "DC"),
    )
}
FORMS: dict[str, str] = {
    "full": "F",
    "idonly": "I",
    "pathonly": "P",
    "localidonly": "L",
    "defaultidonly": "D",
}

_BY_MARKER = {kind.marker: kind for kind in KINDS.values()}
_LAYOUT = re.compile(r"([FIPLD])1([A-Za-z]{2})([A-Za-z0-9_-]*)")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_INT32 = Struct("<i")


def fold(text: str) -> str:
    """Upper case as .NET's ``ToUpperInvariant``: one character for one, so ``ß`` stays ``ß``, and
    the dotless i and the long s stay too."""
    upper = text.upper()
    if text.isascii() or (len(upper) == len(text) and "ı" not in text and "ſ" not in text):
        return upper  # each character became at least one, so the same length means one for one
    return "".join(c if c in "ıſ" or len(c.upper()) != 1 else c.upper() for c in text)


@dataclass(frozen=True, slots=True)
class WebId:
    """A decoded web id. What a form does not carry is None (ids) or '' (owner, path).

    ``id`` of a server is its GUID; ``path`` is folded, so it compares with ``fold(own path)``.
    """

    form: str
    kind: str
    owner: str
    server: UUID | None
    owner_id: UUID | None
    id: UUID | int | None
    path: str


def encode(
    kind: str,
    *,
    form: str = "F",
    owner: str = "",
    server: UUID,
    owner_id: UUID | None = None,
    id: UUID | int | None = None,  # the wire's own noun
    path: str,
) -> str:
    """The web id of an object, for each row of a list: 1 to 2 us.

    Missing or superfluous owner letters and ids are the caller's mistake: ValueError.
    """
    head, guids = _head(form, kind, owner, server)
    data = b""
    if form in "FP":
        data = fold(path[2:] if path.startswith("\\\\") else path).encode()
    if form == "P":
        return head + _text(data).rstrip("=")
    if guids == 0:
        return head + (_text(_INT32.pack(id))[:6] if isinstance(id, int) else "") + _text(data).rstrip("=")
    # A GUID and two zero bytes are 24 characters, of which 22 count: all fields in one conversion.
    text = _text(_le(id) + b"\0\0" + data)
    if guids == 2:
        head += _owner(owner_id)
    return head + text[:22] + text[24:].rstrip("=")


def decode(text: str) -> WebId:
    """A web id of any of the five types; anything malformed, version 0 included, is a BadRequest.

    The ids must have their exact width. The name payload is read liberally, because clients
    build it themselves: any letter case, with the leading backslashes, surplus bits dropped.
    """
    try:
        return _decode(text)
    except ValueError:
        raise BadRequest(f"Unknown or invalid WebID format: '{text}'.") from None


def _decode(text: str) -> WebId:
    layout = _LAYOUT.fullmatch(text)
    if layout is None or layout[2] not in _BY_MARKER:
        raise ValueError(text)
    form, marker, rest = layout.groups()
    kind = _BY_MARKER[marker]
    owner = rest[:1] if kind.owners else ""
    if kind.owners and owner not in kind.owners:
        raise ValueError(text)
    rest = rest[len(owner) :]
    server, owner_id = None, None
    id: UUID | int | None = None
    if form in "FI":
        server, rest = _take_guid(rest)
        id = None if kind.point else server
    if form != "P":
        if kind.guids == 2:
            owner_id, rest = _take_guid(rest)
        if kind.guids:
            id, rest = _take_guid(rest)
        if kind.point:
            id, rest = _take_int(rest)
    path = _path(rest) if form in "FP" else ""
    if (form == "P" and not path) or (form not in "FP" and rest):
        raise ValueError(text)
    return WebId(form, kind.name, owner, server, owner_id, id, path)


@lru_cache(maxsize=1024)
def _head(form: str, kind: str, owner: str, server: UUID) -> tuple[str, int]:
    """The constant part of a list's web ids, checked once, and the number of GUIDs to follow."""
    spec = KINDS[kind]
    if form not in FORMS.values() or owner not in (spec.owners or ("",)):
        raise ValueError(f"No web id of type {form!r} and owner {owner!r} for {kind}")
    return f"{form}1{spec.marker}{owner}{_guid(server) if form in 'FI' else ''}", spec.guids


def _le(id: UUID | int | None) -> bytes:
    if not isinstance(id, UUID):
        raise ValueError(f"A GUID is needed here, not {id!r}")
    big = id.int.to_bytes(16, "big")
    return big[3::-1] + big[5:3:-1] + big[7:5:-1] + big[8:]


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).translate(_TO_URL).decode()


def _guid(id: UUID | None) -> str:
    return _text(_le(id))[:22]


_owner = lru_cache(maxsize=1024)(_guid)  # the attributes of one element come one after the other


def _take(text: str, width: int) -> tuple[bytes, str]:
    """The bytes of a field of ``width`` characters, whose last one has four unused bits."""
    field = text[:width]
    if len(field) != width or field[-1] not in "AQgw":
        raise ValueError(text)
    return a2b_base64(field.encode().translate(_FROM_URL) + b"=="), text[width:]


def _take_guid(text: str) -> tuple[UUID, str]:
    data, rest = _take(text, 22)
    big = data[3::-1] + data[5:3:-1] + data[7:5:-1] + data[8:]
    return UUID(int=int.from_bytes(big, "big")), rest


def _take_int(text: str) -> tuple[int, str]:
    data, rest = _take(text, 6)
    return int(_INT32.unpack(data)[0]), rest


def _path(payload: str) -> str:
    if len(payload) % 4 == 1:  # six bits are no byte
        payload = payload[:-1]
    data = a2b_base64(payload.encode().translate(_FROM_URL) + b"==")
    return fold(data.decode("utf-8").removeprefix("\\\\"))
