"""Answers of stream verbs as JSON, from columns to bytes.

A stream set nests the streams: ``Items[].Items[]`` for lists, ``Items[].Value`` for single values. The
selected fields are applied to the template of a row, so a long list costs no more for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from piwebapi.api.answers import ANYTHING, FLAG, LINKS, MOMENT, TEXT, many, or_null, record
from piwebapi.api.answers import listed as listed_of
from piwebapi.api.resource import Call, Reply
from piwebapi.core import selected
from piwebapi.core.errors import ApiError, Conflict
from piwebapi.core.selected import Tree
from piwebapi.core.times import format_ticks
from streaming import annotating
from streaming.core.rates import amount_of
from streaming.core.render import FIELDS, ValueFormat, fragments, timed_values, unit_text
from streaming.core.series import Series
from streaming.streams import Stream

#: a value may be a number, a text, a truth value, a time, a state, or what is wrong
_MEMBERS = {
    "Timestamp": MOMENT,
    "Value": ANYTHING,
    "UnitsAbbreviation": or_null(TEXT),
    **dict.fromkeys(("Good", "Questionable", "Substituted", "Annotated"), FLAG),
}
#: of a value, or of an event frame
ANNOTATION = record(
    **dict.fromkeys(("Id", "Name", "Description", "Creator", "Modifier"), TEXT),
    **dict.fromkeys(("CreationDate", "ModifyDate"), MOMENT),
    Value=ANYTHING,
    Errors=or_null(many(TEXT)),
)
VALUE = record(**_MEMBERS, Errors=many(record(FieldName=TEXT, Message=many(TEXT))), Annotations=many(ANNOTATION))
#: of values that are sent; times are PI times
WRITTEN = record(**_MEMBERS | {"Timestamp": TEXT})
VALUES = listed_of(VALUE, UnitsAbbreviation=TEXT)
_SUMMARY = record(Type=TEXT, Value=VALUE)
SUMMARY = listed_of(_SUMMARY)
ONE = {"anyOf": [VALUE, VALUES, SUMMARY]}
_HEAD = {"WebId": TEXT, "Name": TEXT, "Path": TEXT, "Links": LINKS, "UnitsAbbreviation": TEXT, "Errors": many(TEXT)}
SET = listed_of(record(**_HEAD, Value=VALUE, Items=many({"anyOf": [VALUE, _SUMMARY]})))

Rows = tuple[Series, ValueFormat]
#: what a verb gives for one stream: rows, or (for summaries) rows by type
Summary = list[tuple[str, Series]]


def rows_json(rows: Rows, tree: Tree | None, around: tuple[bytes, bytes] = (b"", b"")) -> bytes:
    """Timed values, joined by commas, each with what is to stand ``around`` it; nested selections (``Value.Name``)
    take the slow way."""
    series, fmt = rows
    if tree is None or tree.fields is None:
        return timed_values(series, fmt, around=around)
    wanted = [name for name in FIELDS if tree.get(name) is not None]
    if wanted and not any(below.fields is not None for below in tree.fields.values()):
        return timed_values(series, fmt, wanted, around=around)
    objects: list[Any] = [{}] * len(series)
    if wanted:
        objects = selected.prune(orjson.loads(b"[" + timed_values(series, fmt) + b"]"), tree)
    return b",".join(around[0] + orjson.dumps(one) + around[1] for one in objects)


def associated(rows: Rows, call: Call, tree: Tree | None, stream: Stream | None) -> bytes:
    """`associations=Annotations` (recorded, recordedattime, recordedattimes): their list with each value."""
    text = rows_json(rows, tree)
    asked = {name.strip().lower() for name in (call.params.get("associations") or "").split(";")} - {""}
    if asked - {"annotations"}:
        raise Conflict("Values have no other associations than Annotations.")
    if stream is None or not asked or not wants(tree, "Annotations"):
        return text
    found = annotating.by_time(stream, rows[0])
    objects = zip(rows[0].times.tolist(), orjson.loads(b"[" + text + b"]"), strict=True)
    return orjson.dumps([{**row, "Annotations": found.get(ticks, [])} for ticks, row in objects])[1:-1]


def single(rows: Rows, call: Call, stream: Stream | None = None) -> Reply:
    """One timed value."""
    return Reply(200, associated(rows, call, call.selected, stream), pruned=True)


def listed(rows: Rows, call: Call, stream: Stream | None = None) -> Reply:
    """The values of one stream."""
    tree = call.selected
    parts = _envelope(tree, associated(rows, call, below(tree, "Items"), stream) if wants(tree, "Items") else None)
    if wants(tree, "UnitsAbbreviation"):
        parts.append(b'"UnitsAbbreviation":' + orjson.dumps(rows[1].units))
    return Reply(200, b"{" + b",".join(parts) + b"}", pruned=True)


def summarized(summary: Summary, fmt: ValueFormat, call: Call) -> Reply:
    tree = call.selected
    items = summary_json(summary, fmt, call, below(tree, "Items")) if wants(tree, "Items") else None
    return Reply(200, b"{" + b",".join(_envelope(tree, items)) + b"}", pruned=True)


#: The unit of a summary is the stream's but for these.
_UNITS = {"Count": "", "Total": "", "PercentGood": "%"}


def summary_units(kind: str, units: str, basis: str = "TimeWeighted") -> str:
    if kind == "TotalWithUOM" and basis.startswith("Time"):
        return amount_of(units)[0]
    return _UNITS.get(kind, units)


def summary_json(summary: Summary, fmt: ValueFormat, call: Call, tree: Tree | None) -> bytes:
    """An item for each row of each type, joined by commas."""
    if tree is None and all(len(series) == 1 for _, series in summary):
        return _single_rows(summary, fmt.units, call["calculationBasis"])
    items: list[bytes] = []
    for kind, series in summary:
        numbers = ValueFormat("Float64", None, summary_units(kind, fmt.units, call["calculationBasis"]))
        named = b'"Type":"%b"' % kind.encode() if wants(tree, "Type") else b""
        if not wants(tree, "Value"):
            items += [b"{" + named + b"}"] * len(series)
        elif len(series):
            opened = b"{" + named + (b"," if named else b"") + b'"Value":'
            items.append(rows_json((series, numbers), below(tree, "Value"), (opened, b"}")))
    return b",".join(items)


def _single_rows(summary: Summary, units: str, basis: str) -> bytes:
    """One row of each type: they are written in one step."""
    rows = Series.concat(*(series for _, series in summary))
    told = [unit_text(summary_units(kind, units, basis)) for kind, _ in summary]
    texts = fragments(rows.times, rows.values, rows.flags, told, usual=ValueFormat("Float64"))
    return b",".join(
        [b'{"Type":"%b","Value":%b}' % (kind.encode(), text) for (kind, _), text in zip(summary, texts, strict=True)]
    )


def stream_set(streams: Sequence[Stream | ApiError], inner: Sequence[Any], call: Call) -> Reply:
    """`inner`: per stream its own members as bytes (``"Items":[...]`` or ``"Value":{...}``)."""
    tree = call.selected
    items = None
    if wants(tree, "Items"):
        level = below(tree, "Items")
        items = b",".join(entry(stream, members, call, level) for stream, members in zip(streams, inner, strict=True))
    return Reply(200, b"{" + b",".join(_envelope(tree, items)) + b"}", pruned=True)


def entry(stream: Stream | ApiError, members: list[bytes], call: Call, tree: Tree | None) -> bytes:
    """One stream of a set: its head and its members."""
    opened = head(stream, call, tree)
    return b"{" + b",".join([opened, *members] if opened else members) + b"}"


def head(stream: Stream | ApiError, call: Call, tree: Tree | None) -> bytes:
    """The members that tell which stream it is, without braces; of one that cannot be read, as it was asked for."""
    if isinstance(stream, ApiError):
        asked = {"WebId": stream.about, "Name": "", "Path": "", "Links": {}}
        return orjson.dumps(asked if tree is None else selected.prune(asked, tree))[1:-1]
    key = call.form, call.base
    if tree is None and key in stream.told:
        return stream.told[key]
    web_id = stream.web_id(call.form)
    source = f"{call.base}/{stream.segment}/{web_id}"
    told = {"WebId": web_id, "Name": stream.name, "Path": stream.path, "Links": {"Source": source}}
    opened = orjson.dumps(told if tree is None else selected.prune(told, tree))[1:-1]
    if tree is None and len(stream.told) < 4:
        stream.told[key] = opened
    return opened


def members_of(rows: Rows, tree: Tree | None) -> list[bytes]:
    """The list members of a stream in a set; `tree` is what is selected of the stream."""
    parts = []
    if wants(tree, "Items"):
        parts.append(b'"Items":[' + rows_json(rows, below(tree, "Items")) + b"]")
    if wants(tree, "UnitsAbbreviation"):
        parts.append(b'"UnitsAbbreviation":' + orjson.dumps(rows[1].units))
    return parts


def values_of(rows: Sequence[Rows], tree: Tree | None) -> list[list[bytes]]:
    """The member `Value` of each stream of a set, whose rows are series of one."""
    if tree is not None or any(series.is_object or len(series) != 1 for series, _ in rows):
        return [value_of(row, tree) for row in rows]
    joined = Series.concat(*(series for series, _ in rows))
    formats = {place: fmt for place, (_, fmt) in enumerate(rows) if fmt.type != "Float32"}
    texts = fragments(joined.times, joined.values, joined.flags, [unit_text(fmt.units) for _, fmt in rows], formats)
    return [[b'"Value":' + text] for text in texts]


def value_of(rows: Rows, tree: Tree | None) -> list[bytes]:
    return [b'"Value":' + rows_json(rows, below(tree, "Value"))] if wants(tree, "Value") else []


def missing(error: ApiError, call: Call, *, single: bool = False) -> list[bytes]:
    """What stands for the values of a stream that cannot be read, and why, whatever is selected."""
    tree = below(call.selected, "Items")
    told = {"Value": _failed_value(call.now, error)} if single else {"Items": []}
    kept = told if tree is None else selected.prune(told, tree)
    return [orjson.dumps({**kept, **error.body})[1:-1]]


def _failed_value(now: int, error: ApiError) -> dict[str, Any]:
    """Value and unit are null and the errors stand beside them."""
    return {
        "Timestamp": format_ticks(now),
        "Value": None,
        "UnitsAbbreviation": None,
        "Good": False,
        "Questionable": False,
        "Substituted": False,
        "Annotated": False,
        "Errors": [{"FieldName": "Value", "Message": list(error.messages)}],
    }


def _envelope(tree: Tree | None, items: bytes | None) -> list[bytes]:
    parts = [b'"Links":{}'] if wants(tree, "Links") else []
    return parts if items is None else [*parts, b'"Items":[' + items + b"]"]


def wants(tree: Tree | None, name: str) -> bool:
    return tree is None or tree.get(name) is not None


def below(tree: Tree | None, name: str) -> Tree | None:
    return None if tree is None else tree.get(name)
