"""Streams by the WebIds under which clients ask for them, kept until the catalogue changes.

Clients ask for the same streams over and over, and making one costs a query with joins and 1 ms. A kept stream
is shared by many requests: it is read, never written. Attributes of event frames are not kept, since they are
no part of the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piwebapi import catalog, policy
from piwebapi.access import allowed, enter, find, find_many, understand
from piwebapi.callers import Caller, Right
from piwebapi.catalog import Kept, Version
from piwebapi.core.errors import ApiError, Forbidden, NotFound
from piwebapi.models import Attribute, Point
from piwebapi.queries import numbered
from streaming.board import board
from streaming.readers import Simulated
from streaming.streams import Stream, streams_of

KINDS = ("Point", "Attribute")
RIGHT: Right = "read_data"
MOST = 50_000
#: points whose numbers agree but for the last bits, made one after the other: as a rule those of one part of the plant
BLOCK = 32

_streams: Kept[Stream] = Kept(MOST)
#: the blocks out of which one point was asked for, and whether all have been read since
_blocks: Kept[bool] = Kept(MOST)


def streams(caller: Caller, texts: Sequence[str]) -> list[Stream | ApiError]:
    """In the order of the texts; where there is none that the caller may read, why. BadRequest for a text that
    is no WebId of a stream."""
    version = catalog.version()
    enter(caller, RIGHT)
    found = _kept(caller, texts, version)
    if not found and len(texts) == 1 and version is not None and _read_ahead(texts[0], version):
        found = _kept(caller, texts, version)
    missing = [text for text in dict.fromkeys(texts) if text not in found]
    for text, stream in zip(missing, _made(caller, missing), strict=True) if missing else ():
        found[text] = stream
        if isinstance(stream, ApiError):
            stream.about = text
        if version is not None and isinstance(stream, Stream) and isinstance(stream.obj, Point | Attribute):
            _streams.put(text, version, stream)
    return [found[text] for text in texts]


def _kept(caller: Caller, texts: Sequence[str], version: Version | None) -> dict[str, Stream | ApiError]:
    plain = policy.current().is_plain
    found: dict[str, Stream | ApiError] = {}
    for text in texts if version is not None else ():
        stream = _streams.get(text, version)
        if stream is not None:
            found[text] = stream if plain else _readable(caller, stream, text)
    return found


def _read_ahead(text: str, version: Version) -> bool:
    """When a second point of a block is asked for by itself, the whole block is read: who walks over the points one by
    one pays for few of them, and who picks a few anywhere pays for no more than those. Whether the caller may have
    them is asked when they are given out."""
    web_id = understand(text)
    if web_id.kind != "Point" or not isinstance(web_id.id, int):
        return False
    block = web_id.id // BLOCK
    read = _blocks.get(block, version)
    if read:
        return False
    _blocks.put(block, version, read is False)
    if read is None:
        return False
    made = streams_of(numbered.points(block * BLOCK, (block + 1) * BLOCK - 1))
    for stream in made:
        _streams.put(stream.web_id(), version, stream)
    board.expect([stream.reader for stream in made if isinstance(stream.reader, Simulated)])
    return True


def stream(caller: Caller, text: str) -> Stream:
    [found] = streams(caller, [text])
    if isinstance(found, ApiError):
        raise found
    return found


def _readable(caller: Caller, stream: Stream, text: str) -> Stream | ApiError:
    try:
        allowed(caller, stream.obj, RIGHT, f"No {stream.obj.KIND.lower()} was found for the WebID '{text}'.")
    except (NotFound, Forbidden) as error:
        error.about = text
        return error
    return stream


def readable(caller: Caller, found: Sequence[Stream]) -> list[Stream | ApiError]:
    """What may not be read tells so in its place: the values of an attribute may come from a secured point."""
    if policy.current().is_plain:
        return list(found)
    return [_readable(caller, stream, stream.web_id("F")) for stream in found]


def _made(caller: Caller, texts: Sequence[str]) -> list[Stream | ApiError]:
    objects: list[Any] = [_one(caller, texts[0])] if len(texts) == 1 else find_many(caller, texts, *KINDS, right=RIGHT)
    good = iter(streams_of([obj for obj in objects if not isinstance(obj, ApiError)]))
    return [obj if isinstance(obj, ApiError) else next(good) for obj in objects]


def _one(caller: Caller, text: str) -> Any:
    try:
        return find(caller, text, *KINDS, right=RIGHT)
    except (NotFound, Forbidden) as error:
        return error
