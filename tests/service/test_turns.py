"""Turns at a few workers: one each for many clients, not many for one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from compat.service.workers.turns import Turns


class GoneError(Exception):
    """What those who wait are told."""


async def order(turns: Turns, clients: str, holder: str = "x") -> str:
    """Who of *clients*, who come in that order, has a turn when, while each of them gives its turn back at once."""
    turns.take_now(holder)
    found: list[str] = []

    async def use(client: str) -> None:
        await turns.take(client)
        found.append(client)
        await asyncio.sleep(0)
        turns.give_back(client)

    tasks = [asyncio.create_task(use(client)) for client in clients]
    await asyncio.sleep(0)
    turns.give_back(holder)
    await asyncio.gather(*tasks)
    return "".join(found)


def test_who_has_fewest_comes_first_then_who_waits_longest() -> None:
    assert asyncio.run(order(Turns(1, 1), "abc")) == "abc"
    # Two turns, one is a's already: b and c come before the others of a.
    turns = Turns(2, 2)
    turns.take_now("a")
    assert asyncio.run(order(turns, "aaab")).startswith("b")


def test_a_client_has_its_share_at_most() -> None:
    turns = Turns(3, 2)

    async def work() -> None:
        await turns.take("a")
        await turns.take("a")
        assert not turns.has_turn("a")
        assert turns.has_turn("b")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(turns.take("a"), 0.01)
        await turns.take("b")
        assert (turns.has_turn("c"), turns.waiting) == (False, 0)
        turns.give_back("a")
        assert turns.has_turn("a")

    asyncio.run(work())


def waiting(turns: Turns, clients: str) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(turns.take(client)) for client in clients]


def test_whoever_waits_most_often_makes_room() -> None:
    async def work() -> list[str]:
        turns = Turns(0, 1)
        tasks = waiting(turns, "abaa")
        await asyncio.sleep(0)
        assert turns.crowd_out("c", GoneError())  # the last of a
        assert turns.crowd_out("c", GoneError()) is True
        assert not turns.crowd_out("c", GoneError())  # everybody waits once now
        turns.close(GoneError())
        found = await asyncio.gather(*tasks, return_exceptions=True)
        return [type(one).__name__ for one in found]

    assert asyncio.run(work()) == ["GoneError"] * 4


def test_a_turn_that_is_given_up_as_it_comes_is_not_lost() -> None:
    async def work() -> None:
        turns = Turns(1, 1)
        turns.take_now("a")
        (task,) = waiting(turns, "b")
        await asyncio.sleep(0)
        turns.give_back("a")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert turns.has_turn("c")

    asyncio.run(work())


def test_every_turn_comes_back() -> None:
    async def work() -> None:
        turns = Turns(2, 1)

        async def use(number: int) -> None:
            client = "abc"[number % 3]
            await turns.take(client)
            try:
                await asyncio.sleep(number % 5 / 1000)
            finally:
                turns.give_back(client)

        work: list[Coroutine[Any, Any, None]] = [asyncio.wait_for(use(n), 0.02 if n % 4 == 0 else 5) for n in range(60)]
        await asyncio.gather(*work, return_exceptions=True)
        assert (turns.has_turn("a"), turns.has_turn("b"), turns.waiting) == (True, True, 0)
        turns.take_now("a")
        assert turns.has_turn("b")

    asyncio.run(work())


def test_who_has_just_been_cancelled_gets_no_turn() -> None:
    """Its task has not run since, so that it still stands among those who wait."""

    async def work() -> None:
        turns = Turns(1, 1)
        turns.take_now("a")
        first, second = waiting(turns, "bc")
        await asyncio.sleep(0)
        first.cancel()
        turns.give_back("a")
        await second
        assert not turns.has_turn("b")
        turns.give_back("c")
        with pytest.raises(asyncio.CancelledError):
            await first
        assert (turns.has_turn("b"), turns.waiting) == (True, 0)

    asyncio.run(work())


def test_who_has_just_been_cancelled_is_told_nothing() -> None:
    async def work() -> None:
        turns = Turns(0, 1)
        (task,) = waiting(turns, "a")
        await asyncio.sleep(0)
        task.cancel()
        assert not turns.crowd_out("b", GoneError())
        turns.close(GoneError())
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
