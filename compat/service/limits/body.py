"""A body that is bounded in bytes and in time while it comes in, whatever its Content-Length says; and all bodies together."""

from __future__ import annotations

import asyncio
from collections import Counter

from starlette.types import Message, Receive

from compat.service.problems import Problem


class Held:
    """The bytes of all bodies that are here: *most* of them, and of one client's half of that."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: Counter[str] = Counter()
        self.size = 0

    def add(self, client: str, size: int) -> None:
        """Raises: Problem where that is too much; then nothing is added."""
        if self.size + size > self._most or self._of[client] + size > self._most // 2:
            raise Problem("busy", "too many bodies are here already", retry_after=1)
        self.size += size
        self._of[client] += size

    def drop(self, client: str, size: int) -> None:
        self.size -= size
        self._of[client] -= size
        if self._of[client] <= 0:
            del self._of[client]


class BoundedBody:
    """The ``receive`` of one request. Raises: Problem, after which nobody reads the rest."""

    def __init__(self, receive: Receive, most: int, seconds: float, held: Held, client: str = "") -> None:
        self._receive = receive
        self._most = most
        self._seconds = seconds
        self._held = held
        self._client = client
        self._deadline: float | None = None
        self._whole = False
        self.size = 0

    async def __call__(self) -> Message:
        if self._whole:  # what follows is the end of the connection, for which a stream waits
            return await self._receive()
        loop = asyncio.get_running_loop()
        self._deadline = self._deadline or loop.time() + self._seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            raise Problem("slow-body", f"the body was not there after {self._seconds:g} seconds") from error
        self._whole = not message.get("more_body", False)
        size = len(message.get("body", b""))
        if self.size + size > self._most:
            raise too_large(self._most)
        self._held.add(self._client, size)
        self.size += size
        return message

    def close(self) -> None:
        """The request is over, and its body with it."""
        self._held.drop(self._client, self.size)


def too_large(most: int) -> Problem:
    """The answer to a body of more than *most* bytes."""
    return Problem("too-large", f"a body may have {most:,} bytes")
