"""From a path to the endpoints of it.

The routes form a tree of segments: literal segments are found whatever their case, before captures
(``{webId}``), and captured text keeps its case. Finding one costs a few microseconds, however many
routes there are (Django's list of patterns: up to 350 for 413 operations).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from .resource import Endpoint


@dataclass
class Node:
    literals: dict[str, Node] = field(default_factory=dict)
    capture: tuple[str, Node] | None = None
    endpoints: list[Endpoint] = field(default_factory=list)


@dataclass(frozen=True)
class Match:
    endpoints: tuple[Endpoint, ...]
    captured: dict[str, str]


class Routes:
    """The tree over all endpoints."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self.root = Node()
        for endpoint in self.endpoints:
            self._add(endpoint)

    def _add(self, endpoint: Endpoint) -> None:
        node = self.root
        for segment in filter(None, endpoint.route.split("/")):
            if segment.startswith("{"):
                if node.capture is None:
                    node.capture = (segment[1:-1], Node())
                elif node.capture[0] != segment[1:-1]:
                    raise ValueError(f"{endpoint.route}: a segment has two names")
                node = node.capture[1]
            else:
                node = node.literals.setdefault(segment.lower(), Node())
        node.endpoints.append(endpoint)

    def match(self, path: str) -> Match | None:
        """`path` is percent-encoded or not; empty segments (doubled slashes) do not count."""
        segments = [unquote(segment) for segment in path.split("/") if segment]
        captured: dict[str, str] = {}
        node = self._walk(self.root, segments, 0, captured)
        if node is None:
            return None
        return Match(tuple(node.endpoints), captured)

    def _walk(self, node: Node, segments: list[str], at: int, captured: dict[str, str]) -> Node | None:
        if at == len(segments):
            return node if node.endpoints else None
        literal = node.literals.get(segments[at].lower())
        if literal is not None:
            found = self._walk(literal, segments, at + 1, captured)
            if found is not None:
                return found
        if node.capture is not None:
            name, child = node.capture
            found = self._walk(child, segments, at + 1, captured)
            if found is not None:
                captured[name] = segments[at]
            return found
        return None
