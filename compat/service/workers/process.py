"""One child process with pipes, in a session of its own: an interrupt at the terminal is the service's to handle."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress

#: Variables that a child gets. No credentials, no settings of pip, uv, conda or compat.
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "TMPDIR", "PYTHONPATH", "COVERAGE_PROCESS_START")
#: How long a child may take to go by itself once nothing more comes in.
_GOING_SECONDS = 2.0
#: Of a reply in the pipe; what is longer waits in the child.
_BUFFER = 1024 * 1024


class Worker:
    """A child; ``retired`` once its successor is being started, ``succeeded`` once that is there.

    ``turn_of`` is the client whose turn ends then, where it was lost meanwhile.
    """

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self.stdin = process.stdin
        self.stdout = process.stdout
        self.retired = False
        self.succeeded = False
        self.turn_of: str | None = None

    @classmethod
    async def start(
        cls, command: Sequence[str], *, folder: str = "/", variables: Mapping[str, str] | None = None
    ) -> Worker:
        """Run *command*. Its stderr is that of the service. Raises: OSError."""
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | dict(variables or {})
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, cwd=folder, env=environment, start_new_session=True, limit=_BUFFER
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def end(self, *, at_once: bool = True) -> None:
        """Kill it, or with *at_once* False let it go by itself first; returns when it has gone."""
        with suppress(ConnectionError, RuntimeError):
            self.stdin.close()
        if not at_once:
            with suppress(TimeoutError):
                async with asyncio.timeout(_GOING_SECONDS):
                    await self._process.wait()
                    return
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
