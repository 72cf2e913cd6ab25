"""One lock job as clients see it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Literal

from compat.service.problems import Problem

State = Literal["queued", "running", "done", "failed"]

#: Pieces of progress that are kept for who comes later.
_KEPT = 200


class Job:
    """A job and what has happened to it; ``owner`` alone may ask for it."""

    def __init__(self, identifier: str, owner: str) -> None:
        self.id = identifier
        self.owner = owner
        self.state: State = "queued"
        self.created = _now()
        self.started: datetime | None = None
        self.finished: datetime | None = None
        self.progress: list[str] = []
        self.result: bytes | None = None
        self.problem: Problem | None = None
        self._news = asyncio.Event()

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed")

    def start(self) -> None:
        self.state, self.started = "running", _now()
        self._tell()

    def add_progress(self, text: str) -> None:
        if len(self.progress) < _KEPT:
            self.progress.append(text[:500])
            self._tell()

    def finish(self, result: bytes) -> None:
        """*result* is JSON."""
        if not self.is_over:
            self.state, self.finished, self.result = "done", _now(), result
            self._tell()

    def fail(self, problem: Problem) -> None:
        if not self.is_over:
            self.state, self.finished, self.problem = "failed", _now(), problem
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def news(self, seconds: float) -> bool:
        """Whether something happens within *seconds*."""
        event = self._news
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True

    def body(self, *, whole: bool = True) -> bytes:
        """The job as JSON; its result only if *whole*."""
        found: dict[str, object] = {
            "id": self.id,
            "state": self.state,
            "created": _text(self.created),
            "started": _text(self.started),
            "finished": _text(self.finished),
            "progress": list(self.progress),
            "problem": self.problem.to_json() if self.problem is not None else None,
        }
        if self.result is not None and whole:  # as it came: reading it and writing it again may take long
            return json.dumps(found)[:-1].encode() + b', "result": ' + self.result + b"}\n"
        return json.dumps({**found, "result": None}).encode() + b"\n"

    async def events(self, silence: float) -> AsyncIterator[bytes]:
        """What happens, as server-sent events; a comment after each *silence*, so that nobody takes it for dead.

        Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
        """
        yield _event("job", self.body(whole=False))
        shown = 0
        while True:
            while shown < len(self.progress):
                yield _event("progress", json.dumps({"text": self.progress[shown]}).encode())
                shown += 1
            if self.is_over:
                yield _event(self.state, self.body())
                return
            if not await self.news(silence) and not self.is_over:
                yield b": still there\n\n"


def _event(name: str, data: bytes) -> bytes:
    lines = b"".join(b"data: " + line + b"\n" for line in data.splitlines())
    return b"event: " + name.encode() + b"\n" + lines + b"\n"


def _now() -> datetime:
    return datetime.now(UTC)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
