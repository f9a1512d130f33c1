"""Rows of ``pi_timeseries`` that wait for their commit, so that memory is bounded whatever is read; and with them what
this server's own archive is to keep."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from events.ingestion import ledger
from events.ingestion.columns import Events
from events.ingestion.kept import Keeping
from events.ingestion.lake.table import LakeTable
from events.ingestion.tables import TIMESERIES, Tag, series_rows
from events.ingestion.tally import TICKS, Work
from events.models.ingest import StreamMark


class Portion:
    """`past`: any row may be in the table, and no mark moves."""

    def __init__(self, work: Work, table: LakeTable, app: str, past: bool) -> None:
        self.work, self.table, self.app, self.past = work, table, app, past
        self.keeping = Keeping(work, past)
        self._empty()

    def _empty(self) -> None:
        self.rows = 0
        self.new: list[tuple[Tag, Events]] = []
        self.maybe: list[tuple[Tag, Events]] = []
        self.marks: dict[int, tuple[int, int]] = {}
        self.reached: dict[int, StreamMark] = {}

    def add(self, mark: StreamMark, units: str, events: Events) -> None:
        tally = self.work.tally
        tally.read += len(events)
        self.keeping.add(mark, events)
        events = self._unique(self._fit(events))
        if not len(events):
            return
        tag = Tag(mark.web_id, mark.name, units or mark.units)
        fresh = self._fresh(mark, events)
        for target, chosen in ((self.new, fresh), (self.maybe, ~fresh)):
            if chosen.any():
                target.append((tag, events.take(chosen)))
        if mark.until is not None and not self.past:
            tally.late += int((fresh & (events.times <= mark.until // TICKS)).sum())
        last, count = self.marks.get(mark.pk, (0, 0))
        self.marks[mark.pk] = (max(last, int(events.times[-1]) * TICKS), count + int(fresh.sum()))
        self.reached[mark.pk] = mark
        tally.saw(int(events.times[-1]))
        self.rows += len(events)

    def _fresh(self, mark: StreamMark, events: Events) -> np.ndarray:
        """Which rows are certainly not in the table."""
        if self.past:
            return np.zeros(len(events), np.bool_)
        if mark.last is None:
            return np.ones(len(events), np.bool_)
        return events.times > mark.last // TICKS

    def _fit(self, events: Events) -> Events:
        if not events.refused.any():
            return events
        self.work.tally.rejected["value: a text that is no number"] += int(events.refused.sum())
        return events.take(~events.refused)

    def _unique(self, events: Events) -> Events:
        """Of values at the same time the last one counts."""
        if len(events) < 2:
            return events
        kept = np.append(np.diff(events.times) > 0, True)
        self.work.tally.duplicates += int((~kept).sum())
        return events if kept.all() else events.take(kept)

    @property
    def waiting(self) -> int:
        return max(self.rows, self.keeping.rows)

    def commit(self) -> None:
        self.keeping.write()
        if not self.rows:
            return
        work, job = self.work, self.work.job
        work.keep()
        new, maybe = (self._table(parts) for parts in (self.new, self.maybe))
        marks = dict.fromkeys(self.marks, (0, 0)) if self.past else self.marks
        stored = ledger.commit(job, self.table, self.app, new, maybe, marks, work.now)
        tally = work.tally
        tally.nulls += new["value"].null_count + maybe["value"].null_count
        tally.questionable += sum(int(events.questionable.sum()) for _, events in (*self.new, *self.maybe))
        tally.written += stored.inserted + stored.changed
        tally.changed += stored.changed
        if not self.past:
            tally.late += max(stored.inserted - new.num_rows, 0)
            for pk, mark in self.reached.items():
                mark.last = max(mark.last or 0, marks[pk][0])
        work.progress(stored.inserted)
        self._empty()

    def _table(self, parts: Sequence[tuple[Tag, Events]]) -> pa.Table:
        if not parts:
            return TIMESERIES.arrow.empty_table()
        return series_rows(parts, self.work.job.name_pattern, self.work.moment)
