"""Questions that are answered together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from streaming.live.together import MOST, Together


class Doubling:
    """Doubles numbers; negative ones break the whole turn."""

    def __init__(self) -> None:
        self.turns: list[int] = []

    async def answer(self, questions: list[int]) -> Sequence[int | Exception]:
        self.turns.append(len(questions))
        await asyncio.sleep(0)
        if min(questions) < 0:
            raise ValueError("negative")
        return [KeyError(question) if question == 0 else 2 * question for question in questions]


def one(_: int) -> int:
    return 1


async def test_a_turn_holds_what_may_be_waited_for() -> None:
    doubling = Doubling()
    together = Together(doubling.answer, lambda number: number)
    asked = (MOST // 2, MOST // 2, 2 * MOST, 1, 1)
    assert await asyncio.gather(*map(together.ask, asked)) == [2 * number for number in asked]
    assert doubling.turns == [2, 1, 2]


async def test_a_crowd_is_answered_in_a_few_turns_and_everybody_gets_the_own_answer() -> None:
    doubling = Doubling()
    together = Together(doubling.answer, one)
    asked = range(1, 2 * MOST + 1)
    assert await asyncio.gather(*map(together.ask, asked)) == [2 * number for number in asked]
    assert doubling.turns == [MOST, MOST]


async def test_what_comes_while_a_turn_is_worked_on_is_the_next_turn() -> None:
    doubling = Doubling()
    together = Together(doubling.answer, one)
    first = asyncio.create_task(together.ask(1))
    while not doubling.turns:
        await asyncio.sleep(0)
    assert await asyncio.gather(*map(together.ask, (2, 3))) == [4, 6]
    assert await first == 2
    assert doubling.turns == [1, 2]


async def test_a_fault_is_that_of_who_asked() -> None:
    together = Together(Doubling().answer, one)
    answers = await asyncio.gather(*map(together.ask, (1, 0, 2, -1)), return_exceptions=True)
    assert (answers[0], answers[2]) == (2, 4)
    assert isinstance(answers[1], KeyError)
    assert isinstance(answers[3], ValueError)
    assert await together.ask(3) == 6


async def test_who_has_gone_keeps_nobody_waiting() -> None:
    doubling = Doubling()
    together = Together(doubling.answer, one)
    gone, stays = asyncio.create_task(together.ask(1)), asyncio.create_task(together.ask(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 4
    assert gone.cancelled() or gone.cancelling()


async def test_those_of_a_crowd_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single one waits for nobody; after a turn of several the next ones are gathered."""
    monkeypatch.setattr("streaming.live.together.GATHER", 0.2)
    doubling = Doubling()
    together = Together(doubling.answer, one)

    async def trickle() -> None:
        asked = []
        for number in range(1, 9):
            asked.append(asyncio.create_task(together.ask(number)))
            for _ in range(3):
                await asyncio.sleep(0)
        assert await asyncio.gather(*asked) == [2 * number for number in range(1, 9)]

    await trickle()
    alone, doubling.turns[:] = list(doubling.turns), []
    assert max(alone) == 1
    await asyncio.gather(*map(together.ask, (1, 2)))
    doubling.turns.clear()
    await trickle()
    assert doubling.turns == [8]
