"""A body that is bounded in bytes and in time while it comes in, whatever its Content-Length says."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive

from compat.service.problems import Problem


class BoundedBody:
    """The ``receive`` of one request. Raises: Problem, after which the connection is closed."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive = receive
        self._most = most
        self._seconds = seconds
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
            raise Problem(
                "slow-body", f"the body was not there after {self._seconds:g} seconds", closing=True
            ) from error
        self._whole = not message.get("more_body", False)
        self.size += len(message.get("body", b""))
        if self.size > self._most:
            raise too_large(self._most)
        return message


def too_large(most: int) -> Problem:
    """The answer to a body of more than *most* bytes."""
    return Problem("too-large", f"a body may have {most:,} bytes", closing=True)
