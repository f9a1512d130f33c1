"""From what a client calls a stream to where its values come from. Blocking; call it in a thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from piwebapi.access import find_many, understand
from piwebapi.callers import Caller
from piwebapi.core.errors import ApiError, BadRequest
from streaming.streams import streams_of

from .sources import Source, source_of

KINDS = ("Point", "Attribute")


Asked = tuple[Caller, Sequence[str]]
Resolution = dict[str, Source | ApiError]


def resolve_together(asked: Sequence[Asked]) -> list[Resolution]:
    """For many sockets at once, with engineering units: as many queries as there are callers, not sockets."""
    texts: dict[Caller, list[str]] = {}
    for caller, some in asked:
        texts.setdefault(caller, []).extend(some)
    found = {caller: resolve(caller, some, engineering=True) for caller, some in texts.items()}
    return [{text: found[caller][text] for text in some} for caller, some in asked]


def resolve(caller: Caller, texts: Iterable[str], *, engineering: bool = False) -> Resolution:
    """The source of each WebId, or why there is none. One query per kind of object."""
    found: Resolution = {}
    good: list[str] = []
    for text in dict.fromkeys(texts):
        try:
            if understand(text).kind not in KINDS:
                raise BadRequest(f"Unknown or invalid WebID format: '{text}'.")
            good.append(text)
        except ApiError as fault:
            found[text] = fault
    try:
        objects = find_many(caller, good, *KINDS, right="read_data")
    except ApiError as fault:
        return {**found, **dict.fromkeys(good, fault)}
    found.update({text: obj for text, obj in zip(good, objects, strict=True) if isinstance(obj, ApiError)})
    there = [(text, obj) for text, obj in zip(good, objects, strict=True) if not isinstance(obj, ApiError)]
    streams = streams_of([obj for _, obj in there])
    for (text, _), stream in zip(there, streams, strict=True):
        found[text] = source_of(stream, engineering=engineering)
    return found
