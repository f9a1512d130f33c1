"""Questions that are asked at the same time and answered in one go.

A thousand clients who come at once would each cross into a thread and ask the database for one thing. Here whatever
has been asked while one turn is worked on makes up the next one, so that the cost per question falls when there are
many, and a single one waits for nothing. Those of a crowd wait `GATHER` seconds for each other: a turn costs as much as
ten of its questions, and without that most turns are of six.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

#: What one turn may weigh: the first of a crowd shall not wait for the last.
MOST = 500
GATHER = 0.005


class Together(Generic[Q, A]):
    """`answer` gives the answers in the order of the questions; an exception among them is raised for its asker.
    `weight`: how much work a question is."""

    def __init__(
        self, answer: Callable[[list[Q]], Awaitable[Sequence[A | Exception]]], weight: Callable[[Q], int]
    ) -> None:
        self._answer = answer
        self._weight = weight
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._crowd = False

    async def ask(self, question: Q) -> A:
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        while self._waiting:
            if self._crowd:
                await asyncio.sleep(GATHER)
            asked = self._turn()
            self._crowd = len(asked) > 1
            answers = await self._answered([question for question, _ in asked])
            for (_, future), answer in zip(asked, answers, strict=True):
                if future.done():  # who asked has gone
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    def _turn(self) -> list[tuple[Q, asyncio.Future[A]]]:
        """At least one question, of those who still wait."""
        asked: list[tuple[Q, asyncio.Future[A]]] = []
        total = taken = 0
        for question, future in self._waiting:
            if not future.done():
                total += self._weight(question)
                if asked and total > MOST:
                    break
                asked.append((question, future))
            taken += 1
        del self._waiting[:taken]
        return asked

    async def _answered(self, questions: list[Q]) -> Sequence[A | Exception]:
        """A turn that fails is asked again one by one: the fault is that of one question."""
        if not questions:
            return []
        try:
            return await self._answer(questions)
        except Exception as fault:
            if len(questions) < 2:
                return [fault] * len(questions)
        return [(await self._answered([question]))[0] for question in questions]
