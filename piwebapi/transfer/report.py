"""What an import did, and what it did not understand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Gap:
    """Something in the file that is not in the database: how often, and the places of the first few."""

    count: int = 0
    paths: list[str] = field(default_factory=list)


@dataclass
class Report:
    """`created` and `updated` count objects by kind. Nothing that the file holds is left out silently: what
    is not in these counts is in `gaps`, by kind; `unfound` holds the points that references name and that
    are not here.
    """

    EXAMPLES = 5

    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    gaps: dict[str, Gap] = field(default_factory=dict)
    unfound: dict[str, Gap] = field(default_factory=dict)

    def gap(self, kind: str, path: str) -> None:
        self._add(self.gaps, kind, path)

    def point(self, why: str, path: str) -> None:
        self._add(self.unfound, why, path)

    def _add(self, gaps: dict[str, Gap], kind: str, path: str) -> None:
        gap = gaps.setdefault(kind, Gap())
        gap.count += 1
        if len(gap.paths) < self.EXAMPLES:
            gap.paths.append(path)

    def lines(self) -> Iterator[str]:
        """As text: counts, then what was not understood, then the points that are not here."""
        for title, counts in (("Created", self.created), ("Updated", self.updated), ("Unchanged", self.unchanged)):
            if counts:
                yield f"{title}: " + ", ".join(f"{counts[kind]} {kind}" for kind in sorted(counts))
        for title, gaps in (("Not taken over", self.gaps), ("Points not found", self.unfound)):
            if gaps:
                yield f"{title}:"
            for kind, gap in sorted(gaps.items()):
                more = f" and {gap.count - len(gap.paths)} more" if gap.count > len(gap.paths) else ""
                yield f"  {gap.count} x {kind}: {'; '.join(gap.paths)}{more}"
