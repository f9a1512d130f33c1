"""The memory of sign-in is bounded, whatever clients send."""

from __future__ import annotations

import pytest

from piwebapi.api import remembered
from piwebapi.api.remembered import Failures, Remembered


def test_the_longest_kept_answer_gives_way() -> None:
    kept: Remembered[str] = Remembered(size=2)
    for key in (b"a", b"b", b"a", b"c"):  # "a" is kept anew before "c" comes
        kept.put(key, key.decode(), 60, kept.generation)
    assert [kept.get(key) for key in (b"a", b"b", b"c")] == ["a", None, "c"]


def test_an_answer_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: Remembered[str] = Remembered(size=2)
    monkeypatch.setattr(remembered, "monotonic", lambda: 100.0)
    kept.put(b"a", "answer", 5, kept.generation)
    monkeypatch.setattr(remembered, "monotonic", lambda: 104.9)
    assert kept.get(b"a") == "answer"
    monkeypatch.setattr(remembered, "monotonic", lambda: 105.0)
    assert kept.get(b"a") is None


def test_an_answer_from_before_the_clearing_is_dropped() -> None:
    kept: Remembered[str] = Remembered(size=2)
    before = kept.generation
    kept.clear()
    kept.put(b"a", "stale", 60, before)
    assert kept.get(b"a") is None


def test_the_address_that_failed_longest_ago_gives_way() -> None:
    failures = Failures(limit=1, seconds=60, addresses=2)
    for address in ("a", "b", "a", "c"):
        failures.add(address)
    assert [failures.too_many(address) for address in ("a", "b", "c")] == [True, False, True]


def test_failures_spread_over_more_than_the_time_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = Failures(limit=3, seconds=60, addresses=2)
    for moment in (0.0, 30.0, 61.0):
        monkeypatch.setattr(remembered, "monotonic", lambda now=moment: now)
        failures.add("a")
    assert not failures.too_many("a")
    failures.add("a")
    assert failures.too_many("a")
