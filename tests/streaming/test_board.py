from dataclasses import replace

import pytest

from streaming import board as module
from streaming.board import Board
from streaming.core import simulator
from streaming.core.series import SECOND
from streaming.core.signals import Signal
from streaming.readers import Simulated

NOW = 1_763_000_000 * SECOND
KINDS = ("process", "walk", "sine", "states")
POINTS = [
    Simulated(Signal(KINDS[number % 4], simulator.signal_key(3, str(number)), 0, 50, 2), NOW - SECOND * 40_000)
    for number in range(12)
]


@pytest.fixture
def worked_out(monkeypatch):
    """How many points each computation was for."""
    counts, plain, alone = [], simulator.snapshot, Simulated.newest
    monkeypatch.setattr(
        module.simulator, "snapshot", lambda table, now: counts.append(table.count) or plain(table, now)
    )
    monkeypatch.setattr(Simulated, "newest", lambda reader, now: counts.append(1) or alone(reader, now))
    return counts


def rows(found):
    return [list(zip(one.times.tolist(), one.values.tolist(), one.flags.tolist(), strict=True)) for one in found]


def events(readers, now):
    """As the history tells them."""
    return rows([reader.read(reader.begin, now, now=now, limit=1, reverse=True) for reader in readers])


@pytest.mark.parametrize("step", [1, 7, 61, 400])
def test_the_board_shows_the_newest_events_of_history(step):
    board = Board()
    for turn in range(5):
        now = NOW + turn * step * SECOND + turn * 1_234_567
        for some in (POINTS[: 3 + turn], POINTS[4:], POINTS[:1], POINTS):
            assert rows(board.newest(some, now)) == events(some, now)


def test_what_was_asked_for_is_worked_out_together_once_a_second(worked_out):
    board = Board()
    board.newest(POINTS[:3], NOW)
    board.newest(POINTS[2:5], NOW + SECOND // 2)
    assert [count for count in worked_out if count] == [3, 2]
    worked_out.clear()
    for _ in range(3):
        for point in POINTS[:5]:
            board.newest([point], NOW + SECOND)
    assert worked_out == [5]


def test_what_nobody_asks_for_any_more_is_forgotten(worked_out):
    board = Board()
    board.newest(POINTS, NOW)
    for second in range(1, 2 * Board.LONGEST + 3):
        board.newest(POINTS[:2], NOW + second * SECOND)
    assert worked_out[-1] == 2


def test_a_point_that_has_changed_shows_what_it_is_now():
    board, old = Board(), POINTS[0]
    new = replace(old, signal=replace(old.signal, zero=1_000.0, top=2_000.0))
    for second, reader in enumerate((old, new, new, old)):
        now = NOW + second // 2 * SECOND
        assert rows(board.newest([reader], now)) == events([reader], now)


def test_a_request_that_came_late_is_told_its_own_second():
    board = Board()
    board.newest(POINTS, NOW + 5 * SECOND)
    assert rows(board.newest(POINTS, NOW)) == events(POINTS, NOW)


@pytest.mark.parametrize("together", [1, 12])
def test_a_point_without_history_yet_has_no_event(together):
    board, begin = Board(), NOW // SECOND * SECOND
    new = [replace(reader, begin=begin + 1) for reader in POINTS[:together]]
    for _ in range(2):
        assert rows(board.newest(new, begin)) == [[]] * together
    later = begin + 2 * 3_600 * SECOND
    assert rows(board.newest(new, later)) == events(new, later)


def test_what_is_expected_is_worked_out_with_the_first_of_it(worked_out):
    board = Board()
    board.expect(POINTS[:8])
    assert [rows(board.newest([point], NOW)) for point in POINTS] == [events([point], NOW) for point in POINTS]
    assert [count for count in worked_out if count] == [8, 1, 1, 1, 1]


def test_no_more_is_expected_than_the_board_holds(monkeypatch, worked_out):
    monkeypatch.setattr(Board, "MOST", 5)
    board = Board()
    board.expect(POINTS[:4])
    board.expect(POINTS[4:8])
    for point in POINTS[4:8] + POINTS[:4]:
        board.newest([point], NOW)
    assert [count for count in worked_out if count] == [4, 1, 1, 1, 1]
