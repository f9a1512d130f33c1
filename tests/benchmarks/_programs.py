"""The programs of `make bench`: how each is called, and which of its numbers tell how it went."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a program's output and what it is held against: another one, or a bar. ``counted`` patterns are
    counted instead of read."""

    what: str
    pattern: str
    unit: str
    beside: str | float
    against: str
    counted: bool = False

    def found(self, output: str) -> tuple[float, float] | None:
        figure = self.number(self.pattern, output)
        beside = self.beside if isinstance(self.beside, float) else self.number(self.beside, output)
        return None if figure is None or beside is None else (figure, beside)

    def number(self, pattern: str, output: str) -> float | None:
        if self.counted:
            return float(len(re.findall(pattern, output)))
        match = re.search(pattern, output, re.MULTILINE)
        return float(match[1].replace(",", "")) if match else None


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    short: str
    full: str
    figures: tuple[Figure, ...]


def line(name: str, column: int) -> str:
    """Of a table in columns: so many numbers stand before the one that is meant."""
    return rf"^{re.escape(name)}(?:\s+[\d.,]+){{{column}}}\s+([\d.,]+)"


def search(name: str) -> str:
    return rf"^\s*([\d.]+)\s.*  {re.escape(name)}$"


def shape(name: str, what: str) -> str:
    return rf"(?s)^{name}: .*?{what}\s+([\d.,]+)"


PROGRAMS = (
    Program("handlers", "", "", (
        Figure("GET /piwebapi, the direct way", r"ours, the direct way \| ([\d.]+)", "us CPU",
               r"ASGI handler, the middleware of the pages \| ([\d.]+)", "Django's ASGI handler"),
    )),
    Program("rest", "--seconds 0.5", "--tags 10000 --seconds 5", tuple(
        Figure(what, line(name, 1), "ms CPU", line(name, 4), "bare JSON")
        for what, name in (("current value", "value"), ("10,000 recorded values", "recorded 10,000"),
                           ("100 streams x 100 values", "100 streams x 100"))
    )),
    Program("archive", "--values 86400", "", (
        Figure("writing 10,000 values a request", line("write, 10,000 values of a stream", 0), "values/s",
               line("write, one value a request", 0), "one value a request"),
        Figure("a packed value", line("a packed value takes", 0), "bytes", line("a row takes", 0), "a row"),
    )),
    Program("rules", "", "", (
        Figure("a minute of 8 rules x 1,250 units", r"best of 5.*\| ([\d.]+) \| [\d.]+ \|$", "s", 2.0, "the bar"),
    )),
    Program("search", "", "--elements 1000000", (
        Figure("1,000 elements of the whole tree", search("whole hierarchy"), "ms", 1000.0, "the bar"),
        Figure("by *_7", search("whole hierarchy, *_7"), "ms", search("whole hierarchy"), "without a name"),
    )),
    Program("event_frames", "--frames 5000", "--frames 1000000", (
        Figure("100 of a year", search("Inclusive, the year"), "ms", search("Inclusive, a week"), "of a week"),
        Figure("100 by severity", search("the year, by severity"), "ms", search("ForwardFromStartTime"), "by start"),
    )),
    Program("lake", "", "--rows 1000 10000 100000", (
        Figure("event frames into an empty table", r"([\d.]+) s +[\d.]+ s .*written into the empty table", "s",
               r"([\d.]+) s +[\d.]+ s .*all changed here and written", "changing them all"),
    )),
    Program("ingest", "300", "", (
        Figure("REST into a local table", r"^\| all \|.*\| ([\d,]+) \|$", "values/min", 1e6, "the bar"),
    )),
    Program("ingest_wide", "60", "3600", (
        Figure("peak memory, 10,000 points", r"^\| 10,000 \|.*\| (\d+) \(\d+\) \|", "MB",
               r"^\| 10,000 \|.*\| \d+ \((\d+)\) \|", "before"),
    )),
    Program("ingest_killed", "4", "200", (
        Figure("rows after the kills", r"^lake: ([\d,]+) rows", "rows", r"source: ([\d,]+)", "values of the source"),
    )),
    Program("killed_synchronisation", "--rounds 2", "", (
        Figure("rows after the kills", r"made good.*: \d+ frames, (\d+) rows", "rows",
               r"made good.*: (\d+) frames", "frames"),
    )),
    Program("killed_sockets", "--kills 10", "--kills 200", (
        Figure("lost by a client that resumes", line("missing", 0), "values", line("values", 0), "written"),
    )),
    Program("sockets", "--seconds 4 --share 0.2", "", (
        Figure("a value to many sockets", shape("subscribe", "us/value"), "us CPU", shape("one", "us/value"), "to one"),
        Figure("p99 delay", shape("subscribe", "p99 ms"), "ms", 1000.0, "the bar"),
    )),
    Program("pages", "--frames 2000 --minutes 0.2", "", (
        Figure("budgets of pages that are exceeded", r"(?m) OVER$", "budgets", r"   budget ", "all", counted=True),
    )),
    Program("fuzz", "--requests 1000", "", (
        Figure("answers that are not as documented", r", (\d+) faults$", "faults", r", (\d+) requests,", "requests"),
    )),
)  # fmt: skip
