"""What handlers take and answer, as JSON schemas that stand beside them: `@answers(listed(ITEM))`.

The OpenAPI document is made of these, and the fuzz run holds the server to them. Objects tell no required
members, because `selectedFields` may leave out any of them, and have no others than those told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Json = dict[str, Any]
H = TypeVar("H", bound=Callable[..., Any])

JSON = "application/json"
TEXT: Json = {"type": "string"}
FLAG: Json = {"type": "boolean"}
NUMBER: Json = {"type": "number"}
INTEGER: Json = {"type": "integer"}
MOMENT: Json = {"type": "string", "format": "date-time"}
LINKS: Json = {"type": "object", "additionalProperties": {"type": "string"}}
ANYTHING: Json = {}
#: stands for the kind of object of the operation
ITEM: Json = {"$ref": "#"}


def named(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}


def many(item: Json) -> Json:
    return {"type": "array", "items": item}


def record(**members: Json) -> Json:
    return {"type": "object", "properties": members, "additionalProperties": False}


def listed(item: Json, **more: Json) -> Json:
    return record(Links=LINKS, Items=many(item), **more)


def table_of(item: Json) -> Json:
    """An object whose names are data."""
    return {"type": "object", "additionalProperties": item}


def or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


@dataclass(frozen=True)
class Answer:
    """`schema` is None where there is no body."""

    schema: Json | None
    media: str = JSON


_answers: dict[Any, dict[int, Answer]] = {}
_bodies: dict[Any, Answer] = {}


def answers(schema: Json | None, *statuses: int, media: str = JSON) -> Callable[[H], H]:
    """What a handler answers with these statuses (200 where none is given); may be said more than once."""

    def told(handler: H) -> H:
        _answers.setdefault(handler, {}).update(dict.fromkeys(statuses or (200,), Answer(schema, media)))
        return handler

    return told


def takes(schema: Json, media: str = JSON) -> Callable[[H], H]:
    """What the body of a request to a handler is; generic verbs take the kind of object of the operation."""

    def told(handler: H) -> H:
        _bodies[handler] = Answer(schema, media)
        return handler

    return told


def body_of(handler: Any) -> Answer:
    return _bodies.get(handler, Answer(ANYTHING))


def answers_of(handler: Any) -> dict[int, Answer]:
    return dict(sorted(_answers.get(handler, {}).items()))
