"""Turns at something that only a few can use at a time, so that who asks for many does not keep out who asks for one.

Who waits gets the next turn by how few turns its client has, then by how long it has waited. That is round robin among clients,
however unlike what they ask for is. Source: https://en.wikipedia.org/wiki/Max-min_fairness
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import NamedTuple


class _Waiter(NamedTuple):
    client: str
    turn: asyncio.Future[None]


class Turns:
    """*size* turns, of which one client has *share* at most."""

    def __init__(self, size: int, share: int) -> None:
        self._free = size
        self._share = share
        self._taken: Counter[str] = Counter()
        self._waiters: list[_Waiter] = []

    @property
    def waiting(self) -> int:
        return len(self._waiters)

    def has_turn(self, client: str) -> bool:
        """Whether *client* would get a turn at once."""
        return self._free > 0 and self._taken[client] < self._share

    def take_now(self, client: str) -> None:
        """Count a turn as *client*'s, whether there is one or not."""
        self._free -= 1
        self._taken[client] += 1

    async def take(self, client: str) -> None:
        """Return when *client* has a turn, which ends with `give_back`. Raises: what `crowd_out` and `close` are given."""
        waiter = _Waiter(client, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        self._hand_out()
        try:
            await waiter.turn
        except BaseException:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            elif waiter.turn.done() and not waiter.turn.cancelled() and waiter.turn.exception() is None:
                self.give_back(client)  # given up in the moment in which it came
            raise

    def give_back(self, client: str) -> None:
        self._free += 1
        self._taken[client] -= 1
        if self._taken[client] <= 0:
            del self._taken[client]
        self._hand_out()

    def crowd_out(self, client: str, error: Exception) -> bool:
        """Whether a place was made for *client*: who waits last of the client that waits most often gets *error* for it."""
        waiters = self._who_wait()
        counts = Counter(waiter.client for waiter in waiters)
        most, count = counts.most_common(1)[0] if counts else ("", 0)
        if count <= counts[client] + 1:
            return False
        last = next(waiter for waiter in reversed(waiters) if waiter.client == most)
        self._waiters.remove(last)
        last.turn.set_exception(error)
        return True

    def close(self, error: Exception) -> None:
        """Whoever waits gets *error*."""
        for waiter in self._who_wait():
            waiter.turn.set_exception(error)
        self._waiters.clear()

    def _who_wait(self) -> list[_Waiter]:
        """Those who still wait: who has been cancelled stays in the list until its task runs again."""
        return [waiter for waiter in self._waiters if not waiter.turn.done()]

    def _hand_out(self) -> None:
        while self._free > 0:
            able = [waiter for waiter in self._who_wait() if self._taken[waiter.client] < self._share]
            if not able:
                return
            waiter = min(able, key=lambda one: self._taken[one.client])  # the first of them
            self._waiters.remove(waiter)
            self.take_now(waiter.client)
            waiter.turn.set_result(None)
